// What lab.js makes of a run's output, without a browser: colours over cut escapes, lines over cut reads, words for outcomes.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const { Ansi, Lines, ended, key, mark, queued, seconds } = createRequire(import.meta.url)("../../../book/theme/lab.js");

const pieces = (...texts) => {
    const ansi = new Ansi();
    const joined = [];
    for (const { text, look } of texts.flatMap((text) => ansi.push(text))) {
        if (joined.at(-1)?.look === look) joined.at(-1).text += text;
        else joined.push({ text, look });
    }
    return joined;
};

test("colours survive wherever a text is cut", () => {
    const whole = "a \x1b[1m\x1b[31mred\x1b[39m bold\x1b[22m \x1b[2;32mdim\x1b[0m b";
    const expected = [
        { text: "a ", look: "" },
        { text: "red", look: "lb-sgr-bold lb-sgr-red" },
        { text: " bold", look: "lb-sgr-bold" },
        { text: " ", look: "" },
        { text: "dim", look: "lb-sgr-dim lb-sgr-green" },
        { text: " b", look: "" },
    ];
    assert.deepEqual(pieces(whole), expected);
    for (let cut = 0; cut <= whole.length; cut += 1) {
        assert.deepEqual(pieces(whole.slice(0, cut), whole.slice(cut)), expected, `cut at ${cut}`);
    }
});

test("what is no colour is dropped, and what is no escape stays text", () => {
    assert.deepEqual(pieces("\x1b[2J\x1b[H\x1b[?25la\r\nb\rc\x07\x1b[38;5;1md"), [{ text: "a\nb\ncd", look: "" }]);
    assert.deepEqual(pieces("<img src=x onerror=alert(1)>"), [{ text: "<img src=x onerror=alert(1)>", look: "" }]);
    // An escape that never ends is not kept for ever.
    const ansi = new Ansi();
    ansi.push(`\x1b[${"1;".repeat(100)}`);
    assert.ok(ansi.rest.length < 100);
});

test("lines are whole wherever a read is cut", () => {
    const text = '{"seq":0,"text":"a\\n"}\n\nno json\n{"seq":1}\n';
    for (let cut = 0; cut <= text.length; cut += 1) {
        const lines = new Lines();
        assert.deepEqual([...lines.push(text.slice(0, cut)), ...lines.push(text.slice(cut))], [{ seq: 0, text: "a\n" }, { seq: 1 }]);
    }
});

test("an outcome is said in the words of what ran", () => {
    const stage = { do: "test", lab: "seckill", stage: 1 };
    const design = { do: "break", lab: "seckill", design: "x" };
    assert.equal(ended(stage, "passed", 0), "passed");
    assert.equal(ended(stage, "failed", 1), "failed");
    assert.equal(ended(stage, "failed", 3), "could not run");
    assert.equal(ended(stage, "cancelled", null), "cancelled");
    assert.equal(ended(design, "passed", 0), "it fails, as it must");
    assert.equal(ended(design, "failed", 1), "it did not fail");
    assert.equal(ended({ do: "chaos", lab: "seckill", seed: 7 }, "passed", 0), "passed");
    assert.equal(queued(0), "queued");
    assert.equal(queued(2), "queued, 2 ahead");
    assert.equal(seconds(12_900), "12 s");
    assert.equal(seconds(185_000), "3 min 5 s");
    assert.notEqual(key(stage), key({ ...stage, stage: 2 }));
    assert.equal(key(stage), key({ stage: 1, lab: "seckill", do: "test" }));
});

test("a chapter's mark has words for those who do not see it", () => {
    assert.deepEqual(mark([1, 2, 3], undefined), { text: "0/3", label: "0 of 3 stages passed", whole: false });
    assert.deepEqual(mark([1, 2, 3], { 1: { passed: 7 }, 2: { begun: 7 } }), { text: "1/3", label: "1 of 3 stages passed", whole: false });
    assert.deepEqual(mark([1, 2], { 1: { passed: 7 }, 2: { passed: 8 } }), { text: "\u2713 2/2", label: "all 2 stages passed", whole: true });
});

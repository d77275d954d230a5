/* What runs on a page: Copy everywhere; and where the page is served by `cargo lab serve`, Run, Stop, output, and what is passed.
 *
 * The server says that it is there by <meta name="lab-token">; without it only Copy works. A block says what it runs in `data-run`,
 * and the server knows what that means; nothing here makes a command. Output is text from a program: it becomes text nodes, never
 * HTML. A run belongs to the server: a page that is reloaded finds it again, a second tab sees the same. */
'use strict';

const LabText = (() => {
    const COLOURS = {
        31: 'red', 32: 'green', 33: 'yellow', 34: 'blue', 35: 'magenta', 36: 'cyan',
    };

    /* Text with ANSI colours as pieces {text, look}; what is cut off at the end of one text is kept for the next. */
    class Ansi {
        constructor() {
            this.rest = '';
            this.bold = false;
            this.dim = false;
            this.colour = '';
        }

        push(text) {
            const all = this.rest + text;
            const cut = all.match(/\x1b(?:\[[0-9;?]{0,32})?$/);
            this.rest = cut ? cut[0] : '';
            const whole = cut ? all.slice(0, cut.index) : all;
            const pieces = [];
            for (const part of whole.split(/(\x1b\[[0-9;?]*[@-~])/)) {
                if (/^\x1b\[[0-9;]*m$/.test(part)) {
                    this.change(part.slice(2, -1));
                } else if (!part.startsWith('\x1b[')) {
                    const clean = part.replace(/\r\n?/g, '\n').replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
                    if (clean) pieces.push({ text: clean, look: this.look() });
                }
            }
            return pieces;
        }

        change(codes) {
            const all = codes.split(';').map(Number);
            while (all.length > 0) {
                const code = all.shift();
                /* A colour of 256 or of all: not ours, and its numbers mean nothing else. */
                if (code === 38 || code === 48) all.splice(0, all[0] === 5 ? 2 : 4);
                else if (code === 0) {
                    this.bold = this.dim = false;
                    this.colour = '';
                } else if (code === 1) this.bold = true;
                else if (code === 2) this.dim = true;
                else if (code === 22) this.bold = this.dim = false;
                else if (code === 39) this.colour = '';
                else if (COLOURS[code]) this.colour = COLOURS[code];
            }
        }

        look() {
            const names = [this.bold && 'bold', this.dim && 'dim', this.colour];
            return names.filter(Boolean).map(name => `lb-sgr-${name}`).join(' ');
        }
    }

    /* Lines of JSON as they come; what is no JSON is left out. */
    class Lines {
        constructor() {
            this.rest = '';
        }

        push(text) {
            const lines = (this.rest + text).split('\n');
            this.rest = lines.pop();
            return lines.flatMap(line => {
                try {
                    return line ? [JSON.parse(line)] : [];
                } catch {
                    return [];
                }
            });
        }
    }

    /* One name for what a block runs, whatever the order of its keys. */
    const key = run => ['do', 'lab', 'stage', 'design', 'seed'].map(name => run[name] ?? '').join(' ');

    const seconds = ms => {
        const all = Math.max(0, Math.floor(ms / 1000));
        return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
    };

    const queued = ahead => (ahead === 0 ? 'queued' : `queued, ${ahead} ahead`);

    /* How a run ended, in words. */
    const ended = (run, outcome, code) => {
        const mustFail = run.do === 'break' || (run.do === 'chaos' && run.design !== undefined);
        if (outcome === 'passed') return mustFail ? 'it fails, as it must' : 'passed';
        if (outcome === 'failed' && code > 1) return 'could not run';
        if (outcome === 'failed') return mustFail ? 'it did not fail' : 'failed';
        return outcome;
    };

    /* What stands beside a chapter: how many of its stages are passed. */
    const mark = (stages, passed) => {
        const count = stages.filter(stage => passed?.[stage]?.passed).length;
        const all = stages.length;
        const whole = all > 0 && count === all;
        return {
            text: whole ? `\u2713 ${count}/${all}` : `${count}/${all}`,
            label: whole ? `all ${all} stages passed` : `${count} of ${all} stages passed`,
            whole,
        };
    };

    return { Ansi, Lines, key, seconds, queued, ended, mark };
})();

if (typeof module !== 'undefined') module.exports = LabText;

if (typeof document !== 'undefined') (() => {
    const token = document.querySelector('meta[name="lab-token"]')?.content;
    const build = document.querySelector('meta[name="lab-build"]')?.content ?? '0';
    /* A page shows at most so much of one run; the server keeps 256 KiB. */
    const SHOWN = 300 * 1024;
    const OWN = 'lb-own-runs';
    const PLACE = 'lb-place';
    const wait = ms => new Promise(done => setTimeout(done, ms));

    const element = (name, className, text) => {
        const made = document.createElement(name);
        made.className = className;
        if (text !== undefined) made.textContent = text;
        return made;
    };

    const stored = (name, fallback) => {
        try {
            return JSON.parse(sessionStorage.getItem(name)) ?? fallback;
        } catch {
            return fallback;
        }
    };

    const store = (name, value) => {
        try {
            sessionStorage.setItem(name, JSON.stringify(value));
        } catch {
            /* Without storage a reload finds less. */
        }
    };

    /* ---- Copy ---- */

    const copy = async text => {
        if (navigator.clipboard) return navigator.clipboard.writeText(text);
        const area = element('textarea', 'lb-hidden', text);
        document.body.append(area);
        area.select();
        const done = document.execCommand('copy');
        area.remove();
        if (!done) throw new Error('not copied');
    };

    for (const button of document.querySelectorAll('.lb-run .lb-copy')) {
        const command = button.closest('.lb-run').querySelector('.lb-command').textContent;
        const name = button.textContent;
        let timer;
        button.addEventListener('click', async () => {
            try {
                await copy(command);
                button.textContent = 'Copied';
            } catch {
                button.textContent = 'Not copied';
            }
            clearTimeout(timer);
            timer = setTimeout(() => { button.textContent = name; }, 2000);
        });
    }

    if (!token) return;

    /* ---- The server ---- */

    class Refused extends Error {
        constructor(status, sentence) {
            super(sentence);
            this.status = status;
        }
    }

    const ask = async (path, options = {}) => {
        const headers = { 'x-lab-token': token, ...options.headers };
        const response = await fetch(path, { ...options, headers, cache: 'no-store' });
        if (response.ok) return response;
        const answer = await response.json().catch(() => ({}));
        if (response.status === 403) renew();
        throw new Refused(response.status, answer.error ?? `the server answered ${response.status}`);
    };

    const events = async (path, signal, on) => {
        const response = await ask(path, { signal });
        const reader = response.body.getReader();
        const text = new TextDecoder();
        const lines = new LabText.Lines();
        for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            for (const event of lines.push(text.decode(value, { stream: true }))) on(event);
        }
    };

    /* Loads the page again where it stands. */
    let leaving = false;
    addEventListener('pagehide', () => { leaving = true; });

    const reload = () => {
        if (leaving) return;
        leaving = true;
        /* What is folded away has no place. */
        const heads = [...document.querySelectorAll('main :is(h1, h2, h3, h4, div, section)[id]')];
        const above = head => head.getClientRects().length > 0 && head.getBoundingClientRect().top <= 8;
        const at = heads.filter(above).pop();
        const focused = document.activeElement;
        store(PLACE, {
            path: location.pathname,
            y: scrollY,
            anchor: at?.id,
            below: at ? -at.getBoundingClientRect().top : 0,
            block: blocks.findIndex(block => block.root.contains(focused)),
            part: focused?.className,
        });
        history.scrollRestoration = 'manual';
        location.reload();
    };

    const stay = () => {
        const place = stored(PLACE);
        store(PLACE, null);
        if (!place || place.path !== location.pathname) {
            history.scrollRestoration = 'auto';
            return;
        }
        /* Again while fonts and diagrams come and move what is below them, until the reader moves. */
        const put = () => {
            const at = place.anchor && document.getElementById(place.anchor);
            const y = at ? at.getBoundingClientRect().top + scrollY + place.below : place.y;
            scrollTo({ top: y, behavior: 'instant' });
        };
        const late = new ResizeObserver(put);
        const moved = () => {
            late.disconnect();
            history.scrollRestoration = 'auto';
        };
        for (const kind of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
            addEventListener(kind, moved, { once: true, passive: true });
        }
        late.observe(document.querySelector('main'));
        setTimeout(moved, 3000);
        put();
        const parts = blocks[place.block]?.root.querySelectorAll('button, pre') ?? [];
        [...parts].find(part => part.className === place.part)?.focus({ preventScroll: true });
    };

    /* Another server has taken this one's place: its token stands in its own pages. Not again and again, whatever is wrong. */
    const renew = () => {
        const last = stored('lb-renewed', 0);
        if (Date.now() - last < 10_000) return;
        store('lb-renewed', Date.now());
        reload();
    };

    /* ---- Banner ---- */

    const banner = element('div', 'lb-banner');
    banner.setAttribute('role', 'status');
    document.body.append(banner);
    const say = (className, title, text) => {
        banner.className = `lb-banner ${className}`;
        banner.replaceChildren(element('strong', '', title));
        if (text) banner.append(element('pre', 'lb-banner-text', text));
    };
    const quiet = className => {
        if (banner.classList.contains(className)) {
            banner.className = 'lb-banner';
            banner.replaceChildren();
        }
    };

    /* ---- A block that runs ---- */

    class Block {
        constructor(root) {
            this.root = root;
            this.run = JSON.parse(root.dataset.run);
            this.key = LabText.key(this.run);
            const command = root.querySelector('.lb-command').textContent;
            this.go = element('button', 'lb-go', 'Run');
            this.halt = element('button', 'lb-stop', 'Stop');
            this.go.type = this.halt.type = 'button';
            this.halt.hidden = true;
            this.state = element('span', 'lb-state');
            this.state.setAttribute('role', 'status');
            /* Beside the status: a screen reader is told that it runs, not every second. */
            this.time = element('span', 'lb-run-time');
            this.time.setAttribute('aria-hidden', 'true');
            this.mark = element('span', 'lb-passed');
            this.mark.hidden = true;
            this.out = element('pre', 'lb-output');
            this.out.tabIndex = 0;
            this.out.hidden = true;
            this.out.setAttribute('role', 'region');
            this.out.setAttribute('aria-label', `Output: ${command}`);
            const bar = root.querySelector('.lb-run-bar');
            bar.append(this.go, this.halt);
            const line = element('div', 'lb-run-line');
            line.append(this.state, this.time, this.mark);
            bar.append(line);
            root.append(this.out);
            this.go.addEventListener('click', () => this.start());
            this.halt.addEventListener('click', () => this.stop());
            /* mdBook turns pages by these keys, also while somebody scrolls here. */
            this.out.addEventListener('keydown', event => {
                if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') event.stopPropagation();
            });
            this.id = null;
        }

        say(state, text) {
            this.root.dataset.state = state;
            if (this.state.textContent !== text) this.state.textContent = text;
        }

        /* Run and Stop take each other's place, and the focus. */
        show(running) {
            const [on, off] = running ? [this.halt, this.go] : [this.go, this.halt];
            const focused = document.activeElement === off;
            on.hidden = false;
            off.hidden = true;
            if (focused) on.focus({ preventScroll: true });
        }

        tick(since) {
            clearInterval(this.timer);
            this.since = since;
            const show = () => { this.time.textContent = LabText.seconds(performance.now() - since); };
            show();
            this.timer = setInterval(show, 1000);
        }

        clear() {
            this.ansi = new LabText.Ansi();
            this.shown = 0;
            this.next = 0;
            this.out.replaceChildren();
            this.time.textContent = '';
        }

        write(text) {
            const out = this.out;
            out.hidden = false;
            const atEnd = out.scrollHeight - out.scrollTop - out.clientHeight < 24;
            const some = document.createDocumentFragment();
            for (const piece of this.ansi.push(text)) {
                some.append(element('span', piece.look, piece.text));
                this.shown += piece.text.length + 64;
            }
            out.append(some);
            while (this.shown > SHOWN && out.childElementCount > 1) {
                this.shown -= out.firstElementChild.textContent.length + 64;
                out.firstElementChild.remove();
            }
            if (atEnd) out.scrollTop = out.scrollHeight;
        }

        async start() {
            if (this.id || this.asking) return;
            this.asking = true;
            this.clear();
            this.out.hidden = true;
            this.say('queued', 'asking');
            this.show(true);
            try {
                const headers = { 'content-type': 'application/json' };
                const body = JSON.stringify(this.run);
                const response = await ask('/api/runs', { method: 'POST', headers, body });
                const { id, ahead } = await response.json();
                store(OWN, { ...stored(OWN, {}), [this.key]: id });
                this.say('queued', LabText.queued(ahead));
                this.follow(id, true);
            } catch (error) {
                this.end('failed', error instanceof Refused ? `not run: ${error.message}` : 'lost: server gone');
            } finally {
                this.asking = false;
            }
        }

        async stop() {
            if (!this.id) return;
            this.say('running', 'stopping');
            try {
                await ask(`/api/runs/${this.id}`, { method: 'DELETE' });
            } catch {
                /* The stream says what has become of it. */
            }
        }

        /* Reads a run to its end, over reloads of the server's connection. Its own page holds on to it; another tab lets go
         * while it is hidden, because a browser has six connections for all of them. */
        async follow(id, own) {
            if (this.id === id) return;
            this.id = id;
            this.clear();
            this.show(true);
            for (let lost = 0; this.id === id;) {
                if (!own) await visible();
                this.hold = new AbortController();
                this.mayLetGo = !own;
                try {
                    await events(`/api/runs/${id}?from=${this.next}`, this.hold.signal, event => {
                        lost = 0;
                        this.hear(event);
                    });
                    if (this.id === id) throw new Error('cut off');
                } catch (error) {
                    if (this.id !== id || leaving) return;
                    if (error instanceof Refused) {
                        this.end('lost', error.status === 404 ? 'lost: server gone' : `lost: ${error.message}`);
                        return;
                    }
                    if (error.name === 'AbortError') continue;
                    lost += 1;
                    if (lost > 1) this.say('lost', 'lost: server gone');
                    await wait(Math.min(500 * lost, 3000));
                }
            }
        }

        hear(event) {
            if (event.seq < this.next) return;
            this.next = event.seq + 1;
            if (event.type === 'queued') this.say('queued', LabText.queued(event.ahead));
            if (event.type === 'started') {
                this.say('running', 'running');
                this.tick(performance.now() - event.ago_ms);
            }
            if (event.type === 'output') {
                if (this.root.dataset.state === 'lost') this.say('running', 'running');
                this.write(event.text);
            }
            if (event.type === 'end') {
                if (event.took_ms) this.time.textContent = LabText.seconds(event.took_ms);
                this.end(event.outcome, LabText.ended(this.run, event.outcome, event.code));
                progress();
            }
        }

        end(state, text) {
            this.id = null;
            clearInterval(this.timer);
            this.say(state, text);
            this.show(false);
        }
    }

    const blocks = [...document.querySelectorAll('.lb-run[data-run]')].map(root => new Block(root));

    /* Runs that are under way, or that this tab has started: a page that was loaded again goes on with them. */
    const find = async () => {
        const { runs } = await (await ask('/api/runs')).json();
        const own = stored(OWN, {});
        for (const block of blocks) {
            if (block.asking) continue;
            const last = runs.filter(run => LabText.key(run.run) === block.key).pop();
            const mine = own[block.key];
            if (last && (last.state !== 'ended' || last.id === mine)) {
                block.follow(last.id, last.id === mine);
            } else if (mine && !runs.some(run => run.id === mine) && !block.id) {
                block.say('lost', 'lost: server gone');
                const { [block.key]: _, ...others } = stored(OWN, {});
                store(OWN, others);
            }
        }
    };

    /* ---- What is passed ---- */

    const beside = folder => {
        const links = document.querySelectorAll('#mdbook-sidebar .chapter-item a[href]');
        return [...links].find(link => new URL(link.href).pathname.includes(`/${folder}/`));
    };

    const progress = async () => {
        try {
            const { labs, chapters } = await (await ask('/api/progress')).json();
            for (const [lab, { folder, stages }] of Object.entries(chapters)) {
                const link = beside(folder);
                if (!link) continue;
                const { text, label, whole } = LabText.mark(stages, labs[lab]);
                const holder = link.parentElement;
                const old = holder.querySelector('.lb-mark');
                const mark = old ?? element('span', 'lb-mark');
                mark.classList.toggle('lb-mark-whole', whole);
                const seen = element('span', '', text);
                seen.setAttribute('aria-hidden', 'true');
                mark.replaceChildren(seen, element('span', 'lb-hidden', `, ${label}`));
                if (!old) link.after(mark);
            }
            for (const block of blocks) {
                if (block.run.do !== 'test') continue;
                const passed = labs[block.run.lab]?.[block.run.stage]?.passed;
                block.mark.hidden = !passed;
                block.mark.textContent = passed ? '\u2713 stage passed' : '';
            }
        } catch {
            /* The next event tries again. */
        }
    };

    /* ---- News, while somebody looks ---- */

    const visible = () => new Promise(done => {
        if (!document.hidden) return done();
        const look = () => {
            if (document.hidden) return;
            document.removeEventListener('visibilitychange', look);
            done();
        };
        document.addEventListener('visibilitychange', look);
    });

    let listening = null;
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden) return;
        listening?.abort();
        for (const block of blocks) if (block.mayLetGo) block.hold?.abort();
    });

    const hear = event => {
        if (event.type === 'reload') reload();
        if (event.type === 'build-failed') say('lb-banner-bad', 'The book could not be built; this is the last good one.', event.message);
        if (event.type === 'build-mended') quiet('lb-banner-bad');
        if (event.type === 'progress') progress();
    };

    const listen = async () => {
        for (let lost = 0; !leaving;) {
            await visible();
            listening = new AbortController();
            try {
                await events(`/api/events?build=${build}`, listening.signal, event => {
                    if (event.type === 'hello') {
                        if (lost > 0) find().catch(() => {});
                        lost = 0;
                        quiet('lb-banner-gone');
                        progress();
                    }
                    hear(event);
                });
                throw new Error('cut off');
            } catch (error) {
                if (leaving) return;
                if (error.name === 'AbortError') continue;
                lost += 1;
                if (lost > 1) say('lb-banner-gone', 'The server is gone. Start it again: cargo lab serve');
                await wait(Math.min(500 * lost, 3000));
            }
        }
    };

    stay();
    find().catch(() => {});
    listen();
})();

// Quizzes and the interview's clock. Without this script every explanation is simply there to read.
//
// The first answer counts and is kept in this browser; after it all options say why, because the wrong ones are what there is
// to learn from. Nothing leaves the page.
(() => {
    "use strict";

    const store = {
        key: "load-bearing-quiz",
        load() {
            try {
                const kept = JSON.parse(localStorage.getItem(this.key) ?? "{}");
                return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
            } catch {
                return {};
            }
        },
        save(answers) {
            try {
                localStorage.setItem(this.key, JSON.stringify(answers));
            } catch {
                // A browser that keeps nothing still quizzes.
            }
        },
    };

    const here = (form) => `${form.closest("[data-quiz]")?.dataset.quiz ?? location.pathname}#${form.dataset.question}`;

    function show(form, chosen) {
        const options = [...form.querySelectorAll(".lb-option")];
        const option = options[chosen];
        if (!option) return;
        form.classList.add("lb-answered");
        options.forEach((each) => each.classList.toggle("lb-chosen", each === option));
        option.querySelector("input").checked = true;
        const right = option.dataset.right === "true";
        form.querySelector(".lb-told").textContent = right ? "Right." : "Not that one. Each option says why.";
        form.querySelector(".lb-answer").textContent = "Again";
    }

    function clear(form) {
        form.classList.remove("lb-answered");
        form.reset();
        form.querySelectorAll(".lb-chosen").forEach((each) => each.classList.remove("lb-chosen"));
        form.querySelector(".lb-told").textContent = "";
        form.querySelector(".lb-answer").textContent = "Answer";
    }

    function score(quiz) {
        const forms = [...quiz.querySelectorAll(".lb-question")];
        const answered = forms.filter((form) => form.classList.contains("lb-answered"));
        const right = answered.filter((form) => form.querySelector('.lb-chosen[data-right="true"]'));
        quiz.querySelector(".lb-score").textContent = answered.length
            ? `${right.length} of ${answered.length} right${answered.length < forms.length ? `, ${forms.length - answered.length} to go` : ""}.`
            : "";
    }

    for (const form of document.querySelectorAll(".lb-question")) {
        const kept = store.load()[here(form)];
        if (Number.isInteger(kept)) show(form, kept);
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            const answers = store.load();
            if (form.classList.contains("lb-answered")) {
                delete answers[here(form)];
                clear(form);
                form.querySelector("input").focus();
            } else {
                const chosen = form.querySelector("input:checked");
                if (!chosen) {
                    form.querySelector(".lb-told").textContent = "Choose one first.";
                    return;
                }
                answers[here(form)] = Number(chosen.value);
                show(form, Number(chosen.value));
            }
            store.save(answers);
            const quiz = form.closest(".lb-quiz");
            if (quiz) score(quiz);
        });
    }
    document.querySelectorAll(".lb-quiz").forEach(score);

    for (const clock of document.querySelectorAll(".lb-clock")) {
        const button = clock.querySelector(".lb-clock-go");
        const told = clock.querySelector(".lb-clock-told");
        const phases = [...clock.parentElement.querySelectorAll(".lb-phases > li")];
        const whole = Number(clock.dataset.minutes);
        let began = null;
        let ticking = null;
        const two = (n) => String(Math.floor(n)).padStart(2, "0");
        const stop = (words) => {
            clearInterval(ticking);
            began = null;
            button.textContent = "Start the clock";
            told.textContent = words;
            phases.forEach((phase) => phase.classList.remove("lb-now"));
        };
        const tick = () => {
            const seconds = (Date.now() - began) / 1000;
            if (seconds >= whole * 60) return stop("Time. Now the follow-ups, then the rubric.");
            let end = 0;
            let now = null;
            for (const phase of phases) {
                end += Number(phase.dataset.minutes) * 60;
                if (!now && seconds < end) now = { phase, left: end - seconds };
            }
            phases.forEach((phase) => phase.classList.toggle("lb-now", phase === now?.phase));
            const title = now?.phase.querySelector("summary").firstChild.textContent.trim();
            // Read aloud once a minute, not every second.
            clock.querySelector(".lb-clock-told").setAttribute("aria-live", Math.floor(seconds) % 60 === 0 ? "polite" : "off");
            told.textContent = `${two(seconds / 60)}:${two(seconds % 60)} of ${whole}:00 · ${title}, ${two(now.left / 60)}:${two(now.left % 60)} left`;
        };
        button.hidden = false;
        button.addEventListener("click", () => {
            if (began) return stop("Stopped.");
            began = Date.now();
            button.textContent = "Stop the clock";
            ticking = setInterval(tick, 1000);
            tick();
        });
    }
})();

/* Asks before the session ends, while there is time to stay; after its end the page makes way for the sign-in page.
   Other windows may have asked the server for something meanwhile: so it is asked first. Asking is no activity. */
"use strict";

(() => {
    const dialog = document.getElementById("session-end");
    const part = (selector) => dialog.querySelector(selector);
    const { dataset } = dialog;
    let ends = 0;
    let warn = 0;
    let stay = false;
    let seen = false;
    let leaving = false;
    let asking = false;
    let again = 0;

    function learn({ left, warn: before, stay: can }) {
        ends = Date.now() + left * 1000;
        warn = before * 1000;
        stay = can;
    }

    /** Learns what the server says; answers what kept it from saying it. Whoever is signed out leaves the page. */
    async function ask(method) {
        const token = part("[name=csrfmiddlewaretoken]").value;
        let answer;
        try {
            answer = await fetch(dataset.address, {
                method, redirect: "manual", cache: "no-store", headers: { "X-CSRFToken": token },
            });
        } catch {
            return "lost";
        }
        if (answer.ok) {
            learn(await answer.json());
            return "";
        }
        if (answer.status >= 500) {
            return "busy";
        }
        leave();
        return "";
    }

    /** To the sign-in page, and from there back to here. What is not saved is kept as the page goes (unsaved.js). */
    function leave() {
        leaving = true;
        const here = location.pathname + location.search;
        location.replace(`${dataset.signIn}?${new URLSearchParams({ next: here })}`);
    }

    // Nobody is asked whether to leave a page that must go. This script comes before those that would ask.
    window.addEventListener("beforeunload", (event) => {
        if (leaving) {
            event.stopImmediatePropagation();
        }
    });

    function show() {
        const at = new Date(ends).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
        part("h2").textContent = stay ? dataset.titleStay : dataset.titleLast;
        part("#session-end-about").textContent = (stay ? dataset.aboutStay : dataset.aboutLast).replace("%t", at);
        part("[data-do=stay]").hidden = !stay;
        part("[data-do=close]").hidden = stay;
        part("[role=alert]").textContent = "";
        seen = true;
        dialog.showModal();
    }

    async function goOn() {
        if (!stay) {
            dialog.close();
            return;
        }
        const problem = await ask("POST");
        part("[role=alert]").textContent = problem ? dataset[problem] : "";
        if (!problem && !leaving) {
            seen = false;
            dialog.close();
        }
    }

    const time = () => ends - Date.now();

    async function look() {
        if (asking || leaving || Date.now() < again || time() > warn || (seen && time() > 0)) {
            return;
        }
        asking = true;
        const problem = await ask("GET");
        asking = false;
        again = problem ? Date.now() + 10_000 : 0;
        if (leaving) {
            return;
        }
        if (time() > warn) {
            seen = false;
            if (dialog.open) {
                dialog.close();
            }
        } else if (!seen && time() > 0) {
            show();
        }
    }

    part("[data-do=stay]").addEventListener("click", goOn);
    part("[data-do=close]").addEventListener("click", goOn);
    // Escape: somebody is there.
    dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        goOn();
    });
    // Looked at again, or awake again: perhaps the session has ended meanwhile, or was ended elsewhere.
    document.addEventListener("visibilitychange", async () => {
        if (document.visibilityState === "visible" && !leaving) {
            await ask("GET");
            look();
        }
    });
    learn({ left: Number(dataset.left), warn: Number(dataset.warn), stay: "stay" in dataset });
    window.setInterval(look, 1000);
})();

/* A form that was filled in and not saved survives signing in again.

   When a page goes, what was changed in its forms is kept in this window (sessionStorage), never a password and nothing
   hidden. The next page decides: if somebody is signed in on it, the form went through or was left on purpose, and what
   was kept is forgotten. If it is the sign-in page or an error page, it stays, and is put back as soon as the same
   person is on the page of the form again. Logging out forgets it. */
"use strict";

(() => {
    const KEY = "chalkline-unsaved";
    const LONGEST = 12 * 60 * 60 * 1000;
    const here = location.pathname + location.search;
    const signedIn = document.getElementById("session-end");
    const user = signedIn ? signedIn.dataset.user : "";
    const others = new BroadcastChannel(KEY);
    let loggedOut = false;

    /* What is kept. Where the browser keeps nothing, nothing of this happens. */

    function read() {
        try {
            const kept = JSON.parse(sessionStorage.getItem(KEY));
            return kept && Date.now() - kept.at < LONGEST ? kept : null;
        } catch {
            return null;
        }
    }

    function write(kept) {
        try {
            if (kept) {
                sessionStorage.setItem(KEY, JSON.stringify(kept));
            } else {
                sessionStorage.removeItem(KEY);
            }
        } catch {
            // full, or switched off
        }
    }

    /* Forms and their controls. */

    const forms = () => [...document.querySelectorAll("#content form[method=post]")];
    const nameOf = (form, number) => form.id || `${number} ${form.getAttribute("action") || ""}`;
    const refused = () => document.querySelector("#content .error-summary") !== null;
    const skipped = ["password", "hidden", "submit", "button", "reset", "file", "image"];
    const ticks = (control) => control.type === "checkbox" || control.type === "radio";

    function controls(form) {
        return [...form.elements].filter((control) =>
            control.name && !control.disabled && !skipped.includes(control.type) && control.tagName !== "FIELDSET"
            && !control.closest(".empty-form"));
    }

    function isChanged(form, control) {
        const { shown } = form.elements;
        const before = form.elements[`initial-${control.name}`];
        if (ticks(control)) {
            const known = shown && shown.type === "hidden" && control.name === "box";
            return control.checked !== (known ? shown.value.split(" ").includes(control.value) : control.defaultChecked);
        }
        if (before && before.type === "hidden") {
            return control.value !== before.value;
        }
        if (control.options) {
            const options = [...control.options];
            // One that the page did not choose shows its first option.
            const plain = !control.multiple && !options.some((option) => option.defaultSelected);
            return plain ? control.selectedIndex > 0 : options.some((one) => one.selected !== one.defaultSelected);
        }
        return control.value !== control.defaultValue;
    }

    function valueOf(control) {
        if (ticks(control)) {
            return control.checked;
        }
        return control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value;
    }

    /** After a refusal the page shows as its own what was entered: all of it counts. */
    function changesOf(form) {
        const all = refused() && !form.elements.shown;
        const of = controls(form);
        return of.filter((control) => all || isChanged(form, control)).map((control) => ({
            name: control.name,
            value: valueOf(control),
            tick: ticks(control) ? control.value : null,
            place: of.filter((other) => other.name === control.name).indexOf(control),
        }));
    }

    /** Entries that were moved from one of two lists into the other (district/two_lists.js). */
    function movedIn(form) {
        return [...form.querySelectorAll("select.two-lists")].flatMap((list) =>
            [...list.options].filter((option) => option.classList.contains("moved")).map((option) => ({
                of: list.dataset.of, home: option.dataset.home, value: option.value,
            })));
    }

    /** How many rows each table of rows has. */
    function rowsOf(form) {
        return [...form.querySelectorAll("input[name$=-TOTAL_FORMS]")].map((total) => ({
            prefix: total.name.replace(/-TOTAL_FORMS$/, ""), total: Number(total.value),
        }));
    }

    function kept() {
        const found = forms().map((form, number) => ({
            form: nameOf(form, number), changes: changesOf(form), moved: movedIn(form), rows: rowsOf(form),
        })).filter(({ changes, moved }) => changes.length || moved.length);
        return found.length ? { user, address: here, title: document.title, at: Date.now(), forms: found } : null;
    }

    /* Putting back. */

    /** The link that adds a row: the admin's own script makes it, at a time of its own. */
    async function adding(group) {
        for (let tries = 0; group && tries < 40; tries += 1) {
            const link = group.querySelector(".add-row a");
            if (link) {
                return link;
            }
            await new Promise((goOn) => { window.setTimeout(goOn, 50); });
        }
        return null;
    }

    async function addRows(form, rows) {
        for (const { prefix, total } of rows) {
            const count = form.elements[`${prefix}-TOTAL_FORMS`];
            const missing = count ? total - Number(count.value) : 0;
            const add = missing > 0 ? await adding(document.getElementById(`${prefix}-group`)) : null;
            for (let left = add ? missing : 0; left > 0; left -= 1) {
                add.click();
            }
        }
    }

    function putBack(form, { name, value, tick, place }) {
        const of = controls(form).filter((control) => control.name === name);
        const control = tick === null ? of[place] : of.find((other) => other.value === tick);
        if (!control) {
            return false;
        }
        if (tick !== null) {
            control.checked = value;
        } else if (control.multiple) {
            [...control.options].forEach((option) => { option.selected = value.includes(option.value); });
        } else {
            control.value = value;
        }
        control.dispatchEvent(new Event("input", { bubbles: true }));
        control.dispatchEvent(new Event("change", { bubbles: true }));
        return valueOf(control).toString() === value.toString();
    }

    function moveAgain(form, moved) {
        const lists = [...form.querySelectorAll("select.two-lists")];
        const done = lists.flatMap((list) => {
            const mine = moved.filter(({ of, home }) => of === list.dataset.of && home === list.dataset.side);
            const options = [...list.options].filter((option) => mine.some(({ value }) => value === option.value));
            options.forEach((option) => { option.selected = true; });
            const button = list.nextElementSibling;
            if (options.length && button && button.matches(".two-lists-move")) {
                button.click();
            }
            return options;
        });
        return done.length === moved.length;
    }

    async function restore(found) {
        const present = forms();
        let whole = true;
        for (const { form: name, changes, moved, rows } of found.forms) {
            const form = present.find((candidate, number) => nameOf(candidate, number) === name);
            if (form) {
                await addRows(form, rows);
                whole = [...changes.map((change) => putBack(form, change)), moveAgain(form, moved), whole].every(Boolean);
            } else {
                whole = false;
            }
        }
        notice(whole ? "back" : "partly");
    }

    /* Saying so. */

    function notice(kind, ...more) {
        const texts = document.getElementById("unsaved-texts").dataset;
        const said = document.createElement("p");
        said.className = "notice unsaved-notice";
        said.setAttribute("role", "status");
        document.querySelector("#content h1").after(said);
        // A region that is filled after it is there is announced.
        window.setTimeout(() => said.append(texts[kind], ...more), 100);
    }

    /** On another page: the way back to the form. */
    function offer(found) {
        const link = document.createElement("a");
        const button = document.createElement("button");
        link.href = found.address;
        link.textContent = found.title;
        button.type = "button";
        button.className = "button";
        button.textContent = document.getElementById("unsaved-texts").dataset.discard;
        button.addEventListener("click", () => {
            write(null);
            button.parentElement.remove();
        });
        notice("elsewhere", " ", link, button);
    }

    function arrive() {
        const found = read();
        if (!found) {
            write(null);
        } else if (!user) {
            write({ ...found, survives: true });
        } else if (found.user !== user || !found.survives) {
            write(null);
        } else if (found.address === here) {
            write(null);
            restore(found);
        } else {
            offer(found);
        }
    }

    function forget() {
        loggedOut = true;
        write(null);
    }

    document.addEventListener("submit", (event) => {
        if (event.target.matches('#logout-form, #session-end form')) {
            forget();
            others.postMessage("logged out");
        }
    });
    others.addEventListener("message", forget);
    window.addEventListener("pagehide", () => {
        const before = read();
        const now = user && !loggedOut ? kept() : null;
        // What is still waiting on another page is not given up for this one.
        if (now && !(before && before.survives)) {
            write(now);
        }
    });
    // After the other scripts have made of the page what they make of it.
    window.addEventListener("load", arrive);
})();

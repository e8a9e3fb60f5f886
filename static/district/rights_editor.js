/* The tool rights editor comes alive: parents that tick what is below them, a search as one types, what is unsaved.
   Without this script the same page works through its plain boxes and the search form. */
"use strict";

(() => {
    const editor = document.querySelector(".rights-editor");
    const form = editor && editor.querySelector("form.rights");
    if (!form) {
        return;
    }

    const boxes = [...form.querySelectorAll('input[name="box"]')];
    const rows = [...form.querySelectorAll(".row.tool")];
    const branches = [...form.querySelectorAll(".branch")];
    const shown = new Set(form.elements.shown.value.split(" "));
    const unsaved = document.getElementById("unsaved");
    const count = (element, number) =>
        (number === 1 ? element.dataset.one : element.dataset.many).replace("%d", number);

    /* Parents: what stands below them, in their column. Rows that a search hides are left alone. */

    const hidden = new Set();
    const parents = [...form.querySelectorAll("input.parent")].map((input) => {
        const { right } = input.dataset;
        const below = [...input.closest(".row.tool, .branch").querySelectorAll('input[name="box"]')];
        return {
            input,
            below: right === "All" ? below : below.filter((box) => box.value.endsWith(`.${right}`)),
            sum: document.getElementById(input.getAttribute("aria-describedby")),
        };
    });

    function refreshParent({ input, below, sum }) {
        const seen = below.filter((box) => !hidden.has(box));
        const held = seen.filter((box) => box.checked).length;
        input.checked = held > 0 && held === seen.length;
        input.indeterminate = held > 0 && held < seen.length;
        input.disabled = seen.every((box) => box.disabled);
        if (sum) {
            sum.textContent = form.dataset.sum.replace("%h", held).replace("%a", seen.length);
            sum.classList.toggle("none", held === 0);
        }
    }

    function tickBelow({ below }) {
        const mine = below.filter((box) => !hidden.has(box) && !box.disabled);
        const tick = mine.some((box) => !box.checked);
        mine.forEach((box) => {
            box.checked = tick;
        });
    }

    /* What is unsaved. */

    const changed = () => boxes.filter((box) => box.checked !== shown.has(box.value));
    let saving = false;

    function refresh() {
        parents.forEach(refreshParent);
        boxes.forEach((box) => box.parentElement.classList.toggle("changed", box.checked !== shown.has(box.value)));
        if (unsaved) {
            const number = changed().length;
            unsaved.textContent = number ? count(unsaved, number) : "";
            form.classList.toggle("dirty", number > 0);
        }
    }

    form.addEventListener("change", (event) => {
        const parent = parents.find(({ input }) => input === event.target);
        if (parent) {
            tickBelow(parent);
        }
        refresh();
    });
    form.addEventListener("reset", () => setTimeout(refresh));
    window.addEventListener("beforeunload", (event) => {
        if (!saving && changed().length) {
            event.preventDefault();
        }
    });

    /* After saving, what was open is open again. */

    const memory = `rights-open:${location.pathname}`;
    const details = [...form.querySelectorAll("details")];
    const open = () => new Set(details.filter((element) => element.open).map((element) => element.id));
    const setOpen = (ids) => details.forEach((element) => {
        element.open = ids.has(element.id);
    });

    form.addEventListener("submit", () => {
        saving = true;
        sessionStorage.setItem(memory, JSON.stringify([...(openBefore || open())]));
    });
    window.addEventListener("pageshow", () => {
        saving = false;
    });

    /* Search: folded as the server folds what the rows carry. */

    const search = document.getElementById("tool-search");
    const found = document.getElementById("found");
    const all = document.getElementById("all-tools");
    const fold = (text) =>
        [...text.normalize("NFC")].map((letter) => letter.toUpperCase().toLowerCase()).join("");
    let openBefore = null;
    let announcing = 0;

    function filter() {
        const words = fold(search.value).split(/\s+/).filter(Boolean);
        hidden.clear();
        rows.forEach((row) => {
            row.hidden = !words.every((word) => row.dataset.text.includes(word));
            if (row.hidden) {
                row.querySelectorAll('input[name="box"]').forEach((box) => hidden.add(box));
            }
        });
        branches.forEach((branch) => {
            branch.hidden = !branch.querySelector(".row.tool:not([hidden])");
        });
        refresh();
        return words.length > 0;
    }

    function searchNow() {
        const before = openBefore || open();
        const searching = filter();
        setOpen(searching ? new Set(details.map((element) => element.id)) : before);
        openBefore = searching ? before : null;
        all.hidden = !searching;
        clearTimeout(announcing);
        announcing = setTimeout(() => {
            found.textContent = searching ? count(found, rows.filter((row) => !row.hidden).length) : "";
            const query = searching ? `?${new URLSearchParams({ search: search.value })}` : "";
            history.replaceState(null, "", location.pathname + query);
        }, 300);
    }

    search.addEventListener("input", searchNow);
    search.form.addEventListener("submit", (event) => {
        event.preventDefault();
        searchNow();
    });
    all.addEventListener("click", (event) => {
        event.preventDefault();
        search.value = "";
        searchNow();
        search.focus();
    });

    /* As the page comes. */

    editor.classList.add("live");
    const remembered = new Set(JSON.parse(sessionStorage.getItem(memory) || "[]"));
    sessionStorage.removeItem(memory);
    if (filter()) {
        openBefore = remembered;
    } else if (remembered.size) {
        setOpen(remembered);
    }
})();

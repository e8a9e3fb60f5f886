/* What the log pages do beyond HTML and htmx: focus, announcements, messages, and criteria that say something. */
"use strict";

(function () {
    const byId = (id) => document.getElementById(id);

    /* Criteria: at least one box of a group is ticked; what says nothing stays out of the address. */

    function boxesOf(group) {
        return Array.from(group.querySelectorAll("input[type=checkbox]"));
    }

    function checkGroup(group) {
        const boxes = boxesOf(group);
        const none = boxes.length > 0 && !boxes.some((box) => box.checked);
        boxes.forEach((box, number) => box.setCustomValidity(none && number === 0 ? group.dataset.none : ""));
    }

    document.addEventListener("change", (event) => {
        const group = event.target.closest("fieldset[data-none]");
        if (group) {
            checkGroup(group);
        }
    });

    document.addEventListener("formdata", (event) => {
        if (event.target.id !== "criteria") {
            return;
        }
        for (const group of event.target.querySelectorAll("fieldset[data-none]")) {
            const boxes = boxesOf(group);
            if (boxes.length && boxes.every((box) => box.checked)) {
                event.formData.delete(boxes[0].name);
            }
        }
        /* Dates that are entered take the place of a quick range. */
        if (event.formData.get("start_date") || event.formData.get("end_date")) {
            event.formData.delete("range");
        }
        for (const [name, value] of Array.from(event.formData.entries())) {
            if (value === "") {
                event.formData.delete(name);
            }
        }
    });

    /* After a swap: one polite announcement of the list; focus to the entry, or to what is wrong, unless somebody types. */

    let announcing = 0;

    function announce(text) {
        const status = byId("log-status");
        status.textContent = "";
        window.clearTimeout(announcing);
        announcing = window.setTimeout(() => { status.textContent = text; }, 50);
    }

    function markChosen(id) {
        for (const link of document.querySelectorAll(".log-table a[aria-current]")) {
            link.removeAttribute("aria-current");
        }
        const link = byId("row-" + id);
        if (link) {
            link.setAttribute("aria-current", "true");
            link.scrollIntoView({ block: "nearest" });
        }
    }

    /* Whether a link was followed, and not a form sent. */
    function followed(event) {
        const config = event.detail.requestConfig;
        return Boolean(config) && config.elt.tagName === "A";
    }

    document.addEventListener("htmx:afterSettle", (event) => {
        byId("log-problem").hidden = true;
        const target = event.detail.target || event.target;
        if (target.id === "entry") {
            const heading = byId("entry-heading");
            if (heading) {
                markChosen(heading.dataset.entry);
                (target.querySelector(".error-summary") || heading).focus();
            }
        } else if (target.id === "log" && byId("log-errors")) {
            byId("log-errors").focus();
        } else if (target.id === "log" && followed(event) && document.activeElement === document.body) {
            /* What was followed is gone: the heading says how the list stands, and reading goes on from it. */
            byId("results-heading").focus();
        } else if (target.id === "log" || target.id === "rows") {
            announce(document.querySelector("[data-status]").dataset.status);
        }
    });

    /* Back from the entry to its row. */

    function backToList() {
        const row = document.querySelector(".log-table a[aria-current]");
        (row || byId("results-heading")).focus();
    }

    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && event.target.closest("#entry")) {
            backToList();
        }
    });

    document.addEventListener("click", (event) => {
        if (event.target.closest(".log-back")) {
            event.preventDefault();
            backToList();
        }
    });

    /* What could not be loaded is said, never passed over. */

    function problem(kind) {
        const message = byId("log-problem");
        message.textContent = message.dataset[kind];
        message.hidden = false;
        message.scrollIntoView({ block: "nearest" });
    }

    document.addEventListener("htmx:responseError", (event) => {
        const answer = event.detail.xhr;
        /* Where trying again makes no sense the server does not say when. */
        const unanswered = answer.getResponseHeader("Retry-After") ? "busy" : "long";
        problem({ 403: "refused", 503: unanswered }[answer.status] || "other");
    });
    document.addEventListener("htmx:sendError", () => problem("lost"));
    document.addEventListener("htmx:timeout", () => problem("lost"));
}());

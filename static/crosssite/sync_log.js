/* What the Data Sync Log does beyond the other logs: its search fields, and the chosen entry of an opened link. */
"use strict";

(function () {
    const byId = (id) => document.getElementById(id);

    document.addEventListener("click", (event) => {
        const clear = event.target.closest(".sync-clear");
        if (!clear) {
            return;
        }
        event.preventDefault();
        const field = clear.parentElement.querySelector("input");
        field.value = "";
        field.focus();
        field.dispatchEvent(new Event("input", { bubbles: true }));
    });

    /* A link to an entry was opened: its row stands above the sheet with the entry; where there is no sheet and the
       entry stands below the list, the entry itself is shown. */

    function showChosen() {
        const row = document.querySelector(".sync-table a[aria-current]");
        const below = window.getComputedStyle(byId("entry")).position === "static";
        const shown = below ? byId("entry-heading") : row;
        if (shown) {
            shown.scrollIntoView({ block: below ? "start" : "center" });
        }
    }

    const [came] = performance.getEntriesByType("navigation");
    if (byId("entry") && !window.location.hash && came && came.type === "navigate") {
        showChosen();
    }

    /* The fields stay while the list narrows: whether one is wrong is told by the list of errors. */

    function markField(field) {
        const error = byId(field.id + "_error");
        field.closest("td").classList.toggle("wrong", error !== null);
        if (error) {
            field.setAttribute("aria-invalid", "true");
            field.setAttribute("aria-describedby", error.id);
        } else {
            field.removeAttribute("aria-invalid");
            field.removeAttribute("aria-describedby");
        }
    }

    document.addEventListener("htmx:afterSettle", (event) => {
        const target = event.detail.target || event.target;
        if (target.id === "rows") {
            document.querySelectorAll("#search-fields input").forEach(markField);
        }
    });
}());

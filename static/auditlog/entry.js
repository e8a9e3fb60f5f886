/* What an entry has beyond HTML: its address is copied, its page is printed, and printed whole. */
"use strict";

(function () {
    function say(button, text) {
        button.parentElement.querySelector("[role=status]").textContent = text;
    }

    /* Where the clipboard is refused the address is selected, to be copied by hand. */
    function select(button) {
        const address = button.parentElement.querySelector(".entry-address");
        window.getSelection().selectAllChildren(address);
        say(button, button.dataset.selected);
    }

    async function copy(button) {
        try {
            await navigator.clipboard.writeText(button.dataset.copy);
            say(button, button.dataset.copied);
        } catch (refused) {
            select(button);
        }
    }

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-copy]");
        if (button) {
            copy(button);
        } else if (event.target.closest(".entry-print")) {
            window.print();
        }
    });

    /* Paper unfolds nothing: lists of people are printed open. */
    window.addEventListener("beforeprint", () => {
        for (const people of document.querySelectorAll(".entry-people")) {
            people.open = true;
        }
    });
}());

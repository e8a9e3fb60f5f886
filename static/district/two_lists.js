// Two lists, available and current: moves entries between them and posts what was moved.
// Without this script the lists are two plain lists to choose from. What it says stands in the lists' data attributes.
"use strict";

(() => {
  const nameOf = (list) => list.labels[0].textContent.trim().replace(/:$/, "");

  /** A filter field above a list. The label names the list that it narrows. */
  function addFilter(list) {
    const label = document.createElement("label");
    const field = document.createElement("input");
    label.className = "two-lists-filter";
    label.textContent = list.dataset.filter.replace("%s", nameOf(list).toLowerCase());
    field.type = "search";
    field.autocomplete = "off";
    label.append(field);
    field.addEventListener("input", () => filter(list, field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    list.before(label);
    return field;
  }

  function filter(list, text) {
    const wanted = text.trim().toLocaleLowerCase();
    for (const option of list.options) {
      option.hidden = !option.text.toLocaleLowerCase().includes(wanted);
      if (option.hidden) option.selected = false;
    }
  }

  /** Put an option where it belongs in the order of the list. */
  function insert(list, option) {
    const after = [...list.options].find((other) => other.text.localeCompare(option.text) > 0);
    list.add(option, after || null);
  }

  function enhance(available, current) {
    const sides = { available, current };
    const names = { available: available.name, current: current.name };
    const status = document.createElement("p");
    status.className = "two-lists-status";
    status.setAttribute("role", "status");
    const posted = document.createElement("span");
    const fields = {};
    for (const [side, list] of Object.entries(sides)) {
      fields[side] = addFilter(list);
      list.removeAttribute("name");
      for (const option of list.options) option.dataset.home = side;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "two-lists-move";
      button.textContent = list.dataset.move;
      button.addEventListener("click", () => move(side));
      list.addEventListener("dblclick", () => move(side));
      list.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          move(side);
        }
      });
      list.after(button);
      const help = document.getElementById(`${list.id}_helptext`);
      if (help) help.hidden = true;
      list.removeAttribute("aria-describedby");
    }
    current.closest(".form-row, div").append(posted, status);

    function move(from) {
      const to = from === "available" ? "current" : "available";
      const chosen = [...sides[from].selectedOptions].filter((option) => !option.hidden);
      for (const option of chosen) {
        option.selected = false;
        insert(sides[to], option);
        option.classList.toggle("moved", option.dataset.home !== to);
      }
      filter(sides[to], fields[to].value);
      note();
      if (chosen.length) {
        const { moved } = sides[to].dataset;
        status.textContent = moved.replace("%n", chosen.length).replace("%s", nameOf(sides[to]));
      }
    }

    /** What will be posted: an entry that is not at home is to be added or taken away. */
    function note() {
      posted.replaceChildren();
      for (const [side, list] of Object.entries(sides)) {
        for (const option of list.options) {
          if (option.dataset.home === side) continue;
          const input = document.createElement("input");
          input.type = "hidden";
          input.name = names[option.dataset.home];
          input.value = option.value;
          posted.append(input);
        }
      }
    }

    // After a refused save the server shows as chosen what was to be moved.
    const both = Object.keys(sides).map((side) => [side, sides[side].selectedOptions.length]);
    for (const [side, count] of both) if (count) move(side);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const available of document.querySelectorAll("select.two-lists[data-side=available]")) {
      const current = document.querySelector(`select.two-lists[data-side=current][data-of=${available.dataset.of}]`);
      if (current) enhance(available, current);
    }
  });
})();

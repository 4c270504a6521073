// A table of inputs that can be used like a spreadsheet; without this file it is a plain form.
"use strict";

document.querySelectorAll("form[data-sheet]").forEach((form) => {
  const rows = [...form.querySelectorAll("tbody tr")].map(inputsOf).filter((row) => row.length);
  const places = new Map(rows.flatMap((row, y) => row.map((cell, x) => [cell, { x, y }])));
  const undo = form.querySelector("[data-undo]");
  const count = form.querySelector("[data-count]");
  const steps = []; // what to put back, last step last: [[cell, value], ...]
  let entered = ""; // the value of the focused cell when it was entered
  let lost = 0; // pasted cells that found no place

  function inputsOf(row) {
    return [...row.querySelectorAll("[data-cell] input:not([type=hidden])")];
  }

  function shownIn(cell) {
    return cell.parentElement.querySelector("input[type=hidden]").value;
  }

  function plain(text) {
    return text.replace(/[\s\u00a0\u202f€]/g, "");
  }

  function isChanged(cell) {
    return plain(cell.value) !== plain(shownIn(cell));
  }

  function refresh() {
    let changed = 0;
    places.forEach((_place, cell) => {
      const box = cell.parentElement;
      if (isChanged(cell)) {
        changed += 1;
        box.dataset.changed = form.dataset.was.replace("{}", shownIn(cell));
      } else {
        delete box.dataset.changed;
      }
    });
    const { none, one, many } = form.dataset;
    const words = [changed === 0 ? none : changed === 1 ? one : many.replace("{}", changed)];
    if (lost) words.push(form.dataset.lost.replace("{}", lost));
    count.textContent = words.join(". ");
    const here = document.activeElement;
    undo.disabled = steps.length === 0 && !(places.has(here) && here.value !== entered);
    return changed;
  }

  function remember(before) {
    const moved = before.filter(([cell, value]) => cell.value !== value);
    if (moved.length) steps.push(moved);
  }

  function leave(cell) {
    remember([[cell, entered]]);
    entered = cell.value;
  }

  function takeBack() {
    (steps.pop() || []).forEach(([cell, value]) => { cell.value = value; });
    lost = 0;
    if (places.has(document.activeElement)) entered = document.activeElement.value;
    refresh();
  }

  function move(cell, right, down) {
    const { x, y } = places.get(cell);
    const next = rows[y + down]?.[x + right];
    if (!next) return false;
    next.focus();
    return true;
  }

  // In the text of a cell the arrows move the caret; at its ends, or when all of it is chosen, they leave.
  function atEdge(cell, atStart) {
    const { selectionStart, selectionEnd, value } = cell;
    if (selectionStart === 0 && selectionEnd === value.length) return true;
    return selectionStart === selectionEnd && selectionStart === (atStart ? 0 : value.length);
  }

  const keys = {
    ArrowUp: (cell) => move(cell, 0, -1),
    ArrowDown: (cell) => move(cell, 0, 1),
    ArrowLeft: (cell) => atEdge(cell, true) && move(cell, -1, 0),
    ArrowRight: (cell) => atEdge(cell, false) && move(cell, 1, 0),
    Enter: (cell, event) => {
      if (event.ctrlKey || event.metaKey) form.requestSubmit();
      else move(cell, 0, event.shiftKey ? -1 : 1);
      return true;
    },
    Escape: (cell) => { cell.value = entered; refresh(); return true; },
    z: (cell, event) => {
      const ours = (event.ctrlKey || event.metaKey) && cell.value === entered;
      if (ours) takeBack();
      return ours;
    },
  };

  function paste(first, text) {
    const block = text.replace(/\r/g, "").replace(/\n$/, "").split("\n")
      .map((line) => line.split("\t"));
    const { x, y } = places.get(first);
    const before = [];
    lost = 0;
    block.forEach((line, down) => line.forEach((value, right) => {
      const cell = rows[y + down]?.[x + right];
      if (!cell) {
        lost += 1;
        return;
      }
      before.push([cell, cell.value]);
      cell.value = plain(value);
    }));
    remember(before);
    entered = first.value;
    refresh();
  }

  form.addEventListener("keydown", (event) => {
    if (!places.has(event.target) || event.altKey) return;
    if (keys[event.key]?.(event.target, event)) event.preventDefault();
  });
  form.addEventListener("focusin", ({ target }) => {
    if (!places.has(target)) return;
    entered = target.value;
    target.select();
  });
  form.addEventListener("focusout", ({ target }) => {
    if (!places.has(target)) return;
    leave(target);
    refresh();
  });
  form.addEventListener("input", () => { lost = 0; refresh(); });
  form.addEventListener("change", refresh);
  form.addEventListener("paste", (event) => {
    if (!places.has(event.target)) return;
    event.preventDefault();
    leave(event.target);
    paste(event.target, event.clipboardData.getData("text/plain"));
  });
  undo.addEventListener("click", takeBack);
  addEventListener("beforeunload", (event) => {
    if (!form.dataset.sent && refresh()) event.preventDefault();
  });

  form.querySelectorAll("[data-script], [data-undo], [data-count]")
    .forEach((each) => { each.hidden = false; });
  refresh();
});

// The search box: a combobox whose options htmx brings from /find/ while one types.
// Without script the box is a plain form, and Enter leads to the page of results.
"use strict";

(() => {
  const box = document.getElementById("site-search");
  if (!box) return;
  const panel = document.getElementById("site-found");
  const told = document.getElementById("site-found-said");
  let chosen = -1;
  let isWanted = false; // typed since it was last put away

  const options = () => [...panel.querySelectorAll('[role="option"]')];

  const choose = (place) => {
    const all = options();
    chosen = all.length ? (place + all.length + 1) % (all.length + 1) : -1;
    if (chosen === all.length) chosen = -1; // between the last and the first stands the box itself
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) box.removeAttribute("aria-activedescendant");
    else {
      box.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    }
  };

  const show = () => {
    const all = options();
    all.forEach((option, at) => {
      option.id = `found-${at}`;
    });
    choose(-1);
    panel.hidden = !isWanted || !panel.textContent.trim();
    box.setAttribute("aria-expanded", String(!panel.hidden && all.length > 0));
    const found = panel.querySelector("[data-said]");
    const said = found ? found.dataset.said : "";
    told.textContent = panel.hidden ? "" : said || `有${all.length - 1}项结果，可用上下方向键选择。`;
  };

  const close = () => {
    isWanted = false;
    panel.hidden = true;
    box.setAttribute("aria-expanded", "false");
    choose(-1);
  };

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-haspopup", "listbox");
  box.setAttribute("aria-controls", "found-list");
  box.setAttribute("aria-expanded", "false");

  box.addEventListener("input", () => {
    isWanted = box.value.trim() !== "";
    if (!isWanted) close();
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the arrows and Enter belong to the input method
    if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (panel.hidden) {
        isWanted = true;
        show();
      } else choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
      event.preventDefault();
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      options()[chosen].click();
    }
  });
  panel.addEventListener("htmx:afterSettle", show);
  document.addEventListener("click", (event) => {
    if (!box.form.contains(event.target)) close();
  });
  box.form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.form.contains(event.relatedTarget)) close();
  });
  box.form.addEventListener("submit", close);

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();

// What partial updates owe to a reader: the new number is said, the focus is somewhere, and what
// cannot be brought in place is asked for as a whole page.
(() => {
  const told = document.getElementById("site-found-said");
  if (!told) return;

  const address = (path) => new URL(path, window.location.href);
  const day = (url) => url.searchParams.get("as_of") || "";
  const goThere = (event) => {
    if (event.detail.boosted) window.location.assign(event.detail.pathInfo.finalRequestPath);
  };

  // Another day changes the frame of the page as well.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.boosted) return;
    if (day(address(event.detail.pathInfo.finalRequestPath)) === day(address(""))) return;
    event.preventDefault();
    goThere(event);
  });
  // The session has ended: what came is the page to sign in.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { boosted, pathInfo, xhr } = event.detail;
    if (address(xhr.responseURL).pathname === address(pathInfo.requestPath).pathname) return;
    event.preventDefault();
    if (boosted) goThere(event);
    else window.location.assign(xhr.responseURL); // a part that asked for itself
  });
  document.body.addEventListener("htmx:responseError", goThere);
  document.body.addEventListener("htmx:sendError", goThere);

  document.body.addEventListener("htmx:afterSettle", (event) => {
    const main = document.getElementById("main");
    if (!event.detail.boosted || main.dataset.total === undefined) return;
    told.textContent = `共${main.dataset.total}条。`;
    if (document.activeElement === document.body) main.focus({ preventScroll: true });
  });
})();

// The folded filters stand open beside a list. Style sheets see to it where ::details-content is
// known; without script they stay folded there.
(() => {
  if (CSS.supports("selector(::details-content)")) return;
  const beside = window.matchMedia("(min-width: 961px)");
  const unfold = () => {
    if (!beside.matches) return;
    document.querySelectorAll(".filter-fold").forEach((fold) => {
      fold.open = true;
      fold.classList.add("is-unfolded");
    });
  };
  document.addEventListener("htmx:afterSettle", unfold);
  beside.addEventListener("change", unfold);
  unfold();
})();

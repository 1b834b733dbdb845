// What partial updates owe to a reader: the new number is said, the focus is somewhere, and what
// cannot be brought in place is asked for as a whole page.
"use strict";

(() => {
  const told = document.createElement("p");
  told.className = "out-of-sight";
  told.setAttribute("role", "status");
  document.body.append(told);

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
    if (!boosted || address(xhr.responseURL).pathname === address(pathInfo.requestPath).pathname) return;
    event.preventDefault();
    goThere(event);
  });
  document.body.addEventListener("htmx:responseError", goThere);
  document.body.addEventListener("htmx:sendError", goThere);

  document.body.addEventListener("htmx:afterSettle", () => {
    const main = document.getElementById("main");
    if (main.dataset.total === undefined) return;
    told.textContent = `共${main.dataset.total}条。`;
    if (document.activeElement === document.body) main.focus({ preventScroll: true });
  });
})();

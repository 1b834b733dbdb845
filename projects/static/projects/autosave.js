// Keeps what is typed into a report while it is typed, and once more when the page is left:
// a closed tab loses nothing. Without script the page still saves with its button.
"use strict";

(() => {
  const form = document.querySelector("form[data-draft-url]");
  if (!form) return;
  const told = document.getElementById("draft-told");
  const PAUSE = 800;
  let timer = 0;
  let unsaved = false;

  const say = (sentence) => {
    told.textContent = sentence;
  };

  const keep = async () => {
    window.clearTimeout(timer);
    if (!unsaved) return;
    unsaved = false;
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, keepalive: true });
      const said = await answer.json();
      say(answer.ok ? `已暂存 ${said.saved_at}` : said.sentence);
    } catch {
      unsaved = true;
      say("暂存失败，请检查网络；内容仍在本页，请勿关闭。");
      timer = window.setTimeout(keep, 5 * PAUSE);
    }
  };

  form.addEventListener("input", () => {
    unsaved = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", () => {
    unsaved = false;
    window.clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
  window.addEventListener("pagehide", keep);
})();

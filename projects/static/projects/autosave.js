// Keeps what is typed into a report while it is typed, and once more when the page is left:
// a closed tab loses nothing. Without script the page still saves with its button.
"use strict";

(() => {
  const form = document.querySelector("form[data-draft-url]");
  if (!form) return;
  const told = document.getElementById("draft-told");
  const PAUSE = 800;
  const LEAVING_LIMIT = 60000; // bytes that a browser still sends for a page that is gone
  let timer = 0;
  let unsaved = false;

  const say = (sentence) => {
    told.textContent = sentence;
  };

  let sending = new AbortController();

  const keep = async (isLeaving) => {
    window.clearTimeout(timer);
    if (!unsaved) return;
    unsaved = false;
    const body = new URLSearchParams(new FormData(form));
    const keepalive = isLeaving && String(body).length < LEAVING_LIMIT;
    sending.abort(); // an earlier one still under way must not arrive after this
    sending = new AbortController();
    const { signal } = sending;
    try {
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, keepalive, signal });
      if (!answer.headers.get("content-type").includes("json")) {
        unsaved = true;
        say("没有暂存：登录可能已过期。内容仍在本页，请在新窗口登录后继续填写。");
        return;
      }
      const said = await answer.json();
      say(answer.ok ? `已暂存 ${said.saved_at}` : said.sentence);
    } catch {
      if (signal.aborted) return;
      unsaved = true;
      say("暂存失败，请检查网络；内容仍在本页，请勿关闭。");
      timer = window.setTimeout(keep, 5 * PAUSE, false);
    }
  };

  form.addEventListener("input", () => {
    unsaved = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, PAUSE, false);
  });
  form.addEventListener("submit", () => {
    unsaved = false;
    window.clearTimeout(timer);
    sending.abort(); // what is submitted is newer than what is still under way
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep(true);
  });
  window.addEventListener("pagehide", () => keep(true));
})();

// Turns the screens of the wall. When the server does not answer, the last picture stays, and the
// wall says of when it is; the browser alone would show an error page and never come back.
// Without script the page asks the browser to turn.
"use strict";

(() => {
  const OLD = 5 * 60 * 1000; // data older than this is said to be old
  const RETRY = 10; // seconds
  const PATIENCE = 15 * 1000;
  const SHANGHAI = 8 * 60 * 60 * 1000;
  const state = document.getElementById("wall-state");
  const clock = document.getElementById("wall-clock");
  const alarm = document.getElementById("wall-alarm");
  let shown = document.getElementById("wall-screen");
  let here = window.location.search;
  let wanted = "";
  let isPaused = false;
  let isAsking = false;
  let trouble = ""; // "", "gone" or "signed-out"
  let timer = 0;
  let got = { ticks: performance.now(), time: Date.now() };

  // A machine that slept counts no ticks, one whose clock was set counts no time: the longer one.
  const age = () => Math.max(performance.now() - got.ticks, Date.now() - got.time);
  const hourAndMinute = (moment) => new Date(moment + SHANGHAI).toISOString().slice(11, 16);

  const sentence = (read) => {
    if (trouble === "signed-out") return `请重新登录：登录已过期，数据截至 ${read}`;
    if (trouble === "gone") return `数据截至 ${read}，连接中断，正在重试`;
    return age() > OLD ? `数据截至 ${read}，已超过5分钟未更新` : "";
  };

  const say = (element, words) => {
    if (element.textContent !== words) element.textContent = words;
  };

  const tell = () => {
    const read = Date.parse(shown.dataset.now);
    const warning = sentence(hourAndMinute(read));
    say(clock, hourAndMinute(read + age()));
    say(alarm, warning);
    say(state, `数据更新于 ${hourAndMinute(read)}${isPaused ? "（已暂停换屏）" : ""}`);
    document.body.classList.toggle("is-old", Boolean(warning));
  };

  const styles = (page) => [...page.querySelectorAll("link, script[src]")].map((e) => e.outerHTML).join();

  const show = (page, href) => {
    const next = page.getElementById("wall-screen");
    if (!next) throw new Error("no screen");
    if (styles(page) !== styles(document)) {
      window.location.replace(href); // a new release
      return;
    }
    shown.replaceWith(next);
    shown = next;
    here = href;
    document.title = page.title;
    got = { ticks: performance.now(), time: Date.now() };
    window.history.replaceState(null, "", href);
  };

  const ask = async (href) => {
    const patience = new AbortController();
    const limit = window.setTimeout(() => patience.abort(), PATIENCE);
    try {
      const answer = await fetch(href, { cache: "no-store", signal: patience.signal });
      const isElsewhere = new URL(answer.url).pathname !== window.location.pathname;
      if (answer.status === 403 || isElsewhere) return "signed-out";
      if (!answer.ok) return "gone";
      show(new DOMParser().parseFromString(await answer.text(), "text/html"), href);
      return "";
    } catch {
      return "gone";
    } finally {
      window.clearTimeout(limit);
    }
  };

  const turn = async (href) => {
    window.clearTimeout(timer);
    wanted = href;
    if (isAsking) return;
    isAsking = true;
    trouble = await ask(href);
    isAsking = false;
    tell();
    const every = Number(shown.dataset.every);
    if (wanted === href) timer = window.setTimeout(step, (trouble ? Math.min(every, RETRY) : every) * 1000);
    else turn(wanted);
  };

  // What could not be had is asked for again; a paused screen is kept fresh.
  const step = () => turn(trouble ? wanted : isPaused ? here : shown.dataset.next);

  const pause = () => {
    isPaused = !isPaused;
    tell();
  };

  const keys = {
    " ": pause,
    ArrowRight: () => turn(shown.dataset.next),
    PageDown: () => turn(shown.dataset.next),
    ArrowLeft: () => turn(shown.dataset.prev),
    PageUp: () => turn(shown.dataset.prev),
  };

  document.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  });

  window.addEventListener("online", step);
  window.setInterval(tell, 1000);
  timer = window.setTimeout(step, Number(shown.dataset.every) * 1000);
  tell();
})();

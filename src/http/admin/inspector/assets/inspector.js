// Inserts sign-ins into the table as they happen. Without this script the page shows what was when it was loaded.
"use strict";

(() => {
  const live = document.getElementById("live");
  const controls = document.getElementById("live-controls");
  if (!live || !controls) return;

  const rows = document.getElementById("flows");
  const empty = document.getElementById("empty");
  const status = document.getElementById("live-status");
  const pause = document.getElementById("live-pause");
  const url = new URL(live.dataset.live, location.href);
  let source = null;
  let isPaused = false;
  let isOver = false;

  function say(text, state) {
    controls.dataset.state = state;
    if (status.textContent !== text) status.textContent = text;
  }

  function element(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  /** Replaces an element, unless the user is in it. */
  function replace(old, next) {
    if (old && next && !old.contains(document.activeElement)) old.replaceWith(next);
  }

  /** Notes how far this page has come, for the next connection. */
  function note(event) {
    if (event.lastEventId) url.searchParams.set("from", event.lastEventId);
  }

  function showRow(event) {
    note(event);
    const row = element(event.data);
    const old = document.getElementById(row.id);
    if (old?.contains(document.activeElement)) return;
    old?.remove();
    row.classList.add("new");
    rows.prepend(row);
    while (rows.rows.length > Number(live.dataset.limit)) rows.rows[rows.rows.length - 1].remove();
    empty.hidden = true;
  }

  function removeRow(event) {
    note(event);
    document.getElementById(event.data)?.remove();
    empty.hidden = rows.rows.length > 0;
  }

  function close() {
    source?.close();
    source = null;
  }

  function open() {
    if (source || isPaused || isOver || document.hidden) return;
    say("Connecting", "waiting");
    source = new EventSource(url);
    source.addEventListener("open", () => say("Live", "live"));
    source.addEventListener("flow", showRow);
    source.addEventListener("gone", removeRow);
    source.addEventListener("figures", (event) => {
      replace(document.getElementById("figures"), element(event.data));
    });
    source.addEventListener("over", () => {
      isOver = true;
      close();
      pause.hidden = true;
      say("Your session has ended; reload to sign in", "off");
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return say("Connecting again", "waiting");
      close();
      isOver = true;
      pause.hidden = true;
      say("Not live; reload to try again", "off");
    });
  }

  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? "Resume" : "Pause";
    if (!isPaused) return open();
    close();
    say("Paused", "off");
  });
  // A page that nobody sees needs no connection, of which browsers have few.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  controls.hidden = false;
  open();
})();

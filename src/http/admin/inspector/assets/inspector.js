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

  /** Replaces a part of the page, unless the user is in it. What is open stays open. */
  function showPart(event) {
    const next = element(event.data);
    const old = document.getElementById(next.id);
    if (!old || old.contains(document.activeElement)) return;
    next.querySelector("details")?.toggleAttribute("open", Boolean(old.querySelector("details[open]")));
    old.replaceWith(next);
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
    source.addEventListener("part", showPart);
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

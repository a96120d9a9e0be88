// Small conveniences. Every page works without them.
"use strict";
(() => {
  // Moments in the reader's own time; the server's UTC stays in the title.
  const forms = {
    full: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  };
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  function ago(date) {
    const seconds = Math.round((date - Date.now()) / 1000);
    if (Math.abs(seconds) < 5) return "just now";
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size);
    return relative.format(Math.trunc(seconds / size), unit);
  }
  function tellTimes(root) {
    for (const time of root.querySelectorAll("time[data-form]")) {
      const date = new Date(time.dateTime);
      const form = time.dataset.form;
      time.textContent = form === "ago" ? ago(date) : date.toLocaleString("en-GB", forms[form]);
    }
  }
  tellTimes(document);
  setInterval(() => tellTimes(document), 15000);

  // Copying a value.
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  // A second question before what cannot be undone.
  for (const form of document.querySelectorAll("form[data-ask]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.ask)) event.preventDefault();
    });
  }

  // A choice that applies at once.
  for (const select of document.querySelectorAll("select[data-submit]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  // A part of the page that keeps itself up to date: data-refresh is the seconds between looks.
  // Only what has changed is replaced, so that nobody loses the focus or a half-made click.
  // What is data-marked beside it takes on its new class, and keeps its insides.
  function essence(part) {
    const copy = part.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.textContent = "";
    return copy.innerHTML;
  }
  for (const part of document.querySelectorAll("[data-refresh]")) {
    const timer = setInterval(async () => {
      if (document.hidden) return;
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const each of document.querySelectorAll("[data-marked]")) {
        each.className = page.getElementById(each.id)?.className ?? each.className;
      }
      const fresh = page.getElementById(part.id);
      if (!fresh) return window.location.reload();
      if (!("refresh" in fresh.dataset)) clearInterval(timer);
      if (essence(fresh) === essence(part)) return;
      part.className = fresh.className;
      part.replaceChildren(...fresh.childNodes);
      tellTimes(part);
    }, Number(part.dataset.refresh) * 1000);
  }

  // The live tail: the server tells what is new and ends; the browser asks again by itself.
  const live = document.getElementById("live");
  const body = document.getElementById("log");
  if (live && body) {
    let source = null;
    live.hidden = false;
    live.addEventListener("click", () => {
      const on = source === null;
      live.setAttribute("aria-pressed", String(on));
      live.textContent = on ? "Live: on" : "Live: off";
      if (!on) { source.close(); source = null; return; }
      source = new EventSource(live.dataset.source);
      source.addEventListener("delivery", (event) => {
        const template = document.createElement("template");
        template.innerHTML = JSON.parse(event.data).row;
        const row = template.content.querySelector("tr");
        const known = document.getElementById(row.id);
        const status = (each) => each.querySelector(".pill").className + each.cells[3].textContent;
        if (known && status(known) === status(row)) return;
        row.classList.add("fresh");
        if (known) known.replaceWith(row); else body.prepend(row);
        tellTimes(row);
        while (body.rows.length > 200) body.deleteRow(-1);
      });
    });
  }
})();

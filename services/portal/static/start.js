// Keeps the page alive. Everything is on the page without it; text only ever enters as text.
"use strict";
(() => {
  const list = document.getElementById("latest");
  const live = document.getElementById("live");
  if (!list || !window.EventSource) return;
  const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const SHOWN = 24;
  const all = (name, use) => document.querySelectorAll(`[${name}]`).forEach((e) => use(e, e.getAttribute(name)));
  const write = (element, value) => {
    const text = String(value);
    if (element.textContent !== text) element.textContent = text;
  };

  const show = ({ counts, totals, stale }) => {
    const shown = (key) => {
      const at = key.indexOf(".");
      return (counts[key.slice(0, at)] || {})[key.slice(at + 1)] || 0;
    };
    const number = (figure) => (typeof figure === "number" ? figure : 1); // "<5": there is at least one
    const value = (key) => number(shown(key));
    const plus = (keys) => keys.split(" ").reduce((sum, key) => sum + value(key), 0);
    const sum = (group) => Object.values(counts[group] || {}).reduce((a, b) => a + number(b), 0);
    const percent = (e, keys) => Math.round((100 * plus(keys)) / Math.max(1, value(e.getAttribute("data-of"))));
    all("data-count", (e, key) => write(e, shown(key)));
    all("data-plus", (e, keys) => write(e, plus(keys)));
    all("data-sum", (e, group) => write(e, group in (totals || {}) ? totals[group] : sum(group)));
    all("data-percent", (e, keys) => write(e, percent(e, keys)));
    all("data-arc", (e, keys) => e.setAttribute("stroke-dasharray", `${percent(e, keys)} 100`));
    document.querySelectorAll("dl.chart").forEach((chart) => {
      const bars = [...chart.querySelectorAll("progress")];
      const most = Math.max(1, ...bars.map((bar) => value(bar.getAttribute("data-bar"))));
      bars.forEach((bar) => {
        bar.max = most;
        bar.value = value(bar.getAttribute("data-bar"));
      });
    });
    document.getElementById("nothing").hidden = sum("topics") > 0;
    document.getElementById("stale").hidden = !stale;
  };

  let newest = Number(list.dataset.after);
  const tell = (line) => {
    if (line.id <= newest) return;
    newest = line.id;
    const item = document.createElement("li");
    const time = document.createElement("time");
    const text = document.createElement("span");
    time.dateTime = line.time;
    time.textContent = line.at;
    text.dir = "auto";
    text.textContent = line[lang];
    item.className = `new t-${line.topic.split("/")[0].replace(/[^a-z]/g, "")}`;
    item.append(time, " ", text);
    list.prepend(item);
    while (list.children.length > SHOWN) list.lastElementChild.remove();
    document.querySelectorAll("[data-topic]").forEach((pill) => {
      if (pill.getAttribute("data-topic") !== line.topic) return;
      pill.classList.remove("beat");
      void pill.getBoundingClientRect();
      pill.classList.add("beat");
    });
  };

  const say = (state) => {
    live.textContent = live.getAttribute(`data-${state}`);
    live.className = state;
  };
  const source = new EventSource(`/portal/stream?after=${newest}`);
  source.addEventListener("open", () => say("live"));
  source.addEventListener("error", () => say("waiting"));
  source.addEventListener("told", (event) => tell(JSON.parse(event.data)));
  source.addEventListener("counts", (event) => show(JSON.parse(event.data)));
  window.addEventListener("pagehide", () => source.close());
})();

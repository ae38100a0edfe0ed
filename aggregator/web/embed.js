// <aggregator-feed feed="logistik" items="5" theme="auto" lang="id"><iframe …></iframe></aggregator-feed>
//
// Lists the newest stories of a feed on any page. What stands inside the element, such as a frame,
// is shown until then, and stays if the feed does not come. Nothing of a feed is read as markup.
"use strict";
(() => {
  const NAME = "aggregator-feed";
  const HERE = document.currentScript.src; // the feeds are beside this script
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const LIGHT = "--_ink: #1d1b18; --_paper: #fbfaf6; --_accent: #9b2a20; --_room: 1em";
  const DARK = "--_ink: #ece8df; --_paper: #151412; --_accent: #f2917f; --_room: 1em";
  const SHEET = new CSSStyleSheet();
  SHEET.replaceSync(`
    :host { display: block; overflow-wrap: anywhere; padding: var(--feed-padding, var(--_room, 0));
      font: var(--feed-font, inherit); color: var(--feed-color, var(--_ink, inherit));
      background: var(--feed-background, var(--_paper, none)); }
    :host([hidden]) { display: none; }
    :host([theme=light]), :host([theme=auto]) { ${LIGHT} }
    :host([theme=dark]) { ${DARK} }
    @media (prefers-color-scheme: dark) { :host([theme=auto]) { ${DARK} } }
    p, ul { margin: 0; padding: 0; list-style: none; }
    li { padding: var(--feed-gap, 0.6em) 0; border-top: 1px solid var(--feed-line, #8886); }
    a { color: inherit; text-decoration: none; }
    a:hover, a:focus { color: var(--feed-accent, var(--_accent, inherit)); text-decoration: underline; }
    [part=heading] { padding-bottom: 0.4em; font-size: 1.15em; font-weight: bold; }
    [part=title] { font-weight: 600; }
    [part=meta] { margin-top: 0.2em; font-size: 0.85em; color: var(--feed-muted, inherit); }
  `);

  const make = (name, part, ...inside) => {
    const element = document.createElement(name);
    element.setAttribute("part", part);
    element.append(...inside);
    return element;
  };

  const link = (address, text) => {
    if (!/^https?:\/\//i.test(address)) return make("span", "link", text);
    const element = make("a", "link", text);
    element.href = address;
    element.target = "_blank";
    element.rel = "noopener";
    return element;
  };

  const age = (instant, lang) => {
    const seconds = (Date.now() - instant) / 1000;
    if (Math.abs(seconds) >= 7 * 86400) return instant.toLocaleDateString(lang, { dateStyle: "medium" });
    const [unit, length] = UNITS.find((each) => Math.abs(seconds) >= each[1]) ?? ["second", Infinity];
    const numeric = unit === "second" ? "auto" : "always"; // "now"; but never "yesterday"
    return new Intl.RelativeTimeFormat(lang, { numeric }).format(-Math.trunc(seconds / length), unit);
  };

  const story = (item, lang) => {
    const title = make("p", "title", link(item.url, item.title ?? item.url ?? "…"));
    title.dir = "auto";
    if (item.language) title.lang = item.language;
    const meta = make("p", "meta", make("span", "source", item._source?.title ?? ""));
    const instant = new Date(item.date_published);
    if (!isNaN(instant)) {
      const time = make("time", "time", age(instant, lang));
      time.dateTime = item.date_published;
      time.title = instant.toLocaleString(lang, { dateStyle: "full", timeStyle: "long" });
      meta.append(meta.textContent && " · ", time);
    }
    return make("li", "item", title, meta);
  };

  class AggregatorFeed extends HTMLElement {
    static observedAttributes = ["feed", "src", "items", "lang"];
    #turn;

    connectedCallback() {
      this.load();
    }

    attributeChangedCallback() {
      this.load();
    }

    async load() {
      const turn = (this.#turn = {});
      await null; // more attributes may change at once
      if (turn !== this.#turn || !this.isConnected) return;
      try {
        const ours = new URL(`feeds/${this.getAttribute("feed")}.json`, HERE);
        const answer = await fetch(this.getAttribute("src") ?? ours, { credentials: "omit" });
        if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
        const feed = await answer.json();
        if (turn === this.#turn) this.show(feed);
      } catch (error) {
        console.warn(`<${NAME}> leaves what it has: ${error.message}`);
      }
    }

    show(feed) {
      const count = Math.min(Math.max(parseInt(this.getAttribute("items"), 10) || 5, 1), 50);
      const lang = this.lang || feed.language || undefined;
      const stories = feed.items.slice(0, count).map((item) => story(item, lang));
      const title = feed.title ?? "";
      const list = make("ul", "list", ...stories);
      list.setAttribute("role", "list");
      list.setAttribute("aria-label", title);
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [SHEET];
      root.replaceChildren(make("p", "heading", link(feed.home_page_url, title)), list);
    }
  }

  if (!customElements.get(NAME)) customElements.define(NAME, AggregatorFeed);
})();

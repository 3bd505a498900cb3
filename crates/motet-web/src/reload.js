(() => {
  const version = Number(document.currentScript.dataset.version);
  const ID = "motet-problem";
  const show = (text) => {
    let box = document.getElementById(ID);
    if (text === null) { if (box) box.remove(); return; }
    if (!box) {
      box = document.createElement("pre");
      box.id = ID;
      box.style.cssText = "position:fixed;inset:0;z-index:2147483647;margin:0;padding:2em;overflow:auto;" +
        "background:#1d1f27f2;color:#ffd7d7;font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap";
      document.documentElement.append(box);
    }
    box.textContent = text;
  };
  const open = () => {
    const events = new EventSource("/__reload_events");
    events.onmessage = (event) => {
      const now = JSON.parse(event.data);
      if (now.version !== version) { events.close(); location.reload(); } else show(now.problem);
    };
    // After a refusal browsers do not try again by themselves.
    events.onerror = () => { if (events.readyState === EventSource.CLOSED) setTimeout(open, 500); };
  };
  open();
})();

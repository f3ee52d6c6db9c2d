// Shows what the settings would bring as they change, saved or not; without this script a button does it.
(function () {
  "use strict";
  var form = document.getElementById("settings");
  if (!form || !window.fetch || !window.AbortController || !window.DOMParser) return;
  var running = null;
  var timer = 0;
  document.getElementById("try").hidden = true;

  function show() {
    if (running) running.abort();
    running = new AbortController();
    var fields = new URLSearchParams(new FormData(form));
    fields.set("fragment", "1");
    fetch(form.dataset.try, { method: "POST", body: fields, signal: running.signal })
      .then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.text();
      })
      .then(function (text) {
        new DOMParser().parseFromString(text, "text/html").querySelectorAll("[data-live]").forEach(function (fresh) {
          var shown = document.getElementById(fresh.id);
          if (!shown) return;
          fresh.open = shown.open;
          shown.replaceWith(document.adoptNode(fresh));
        });
      })
      .catch(function () { /* What is shown stays; the next change tries again. */ });
  }

  form.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(show, 400);
  });
  // On a phone it would be most of the page: there it waits for the first change, or until it is opened.
  var next = document.getElementById("next");
  if (!window.matchMedia("(max-width: 40rem)").matches) show();
  else {
    next.open = false;
    next.addEventListener("toggle", function () { if (next.open) show(); });
  }
})();

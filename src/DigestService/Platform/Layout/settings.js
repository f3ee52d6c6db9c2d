// Shows what the settings would bring as they change, saved or not; without this script a button does it.
(function () {
  "use strict";
  var form = document.getElementById("settings");
  if (!form || !window.fetch || !window.AbortController || !window.DOMParser) return;
  var running = null;
  var timer = 0;
  offer(false);

  // The button, and the words beside it that name it.
  function offer(isShown) {
    [document.getElementById("try"), document.getElementById("next-hint")].forEach(function (part) {
      if (part) part.hidden = !isShown;
    });
  }

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
        offer(false);
      })
      .catch(function (fault) {
        // What is shown stays; the next change tries again, and so may the reader.
        if (fault.name !== "AbortError") offer(true);
      });
  }

  // What was changed and not saved would be lost by the other forms of the page: they send it with what is theirs, but for the one that
  // erases the reader.
  document.querySelectorAll("main form").forEach(function (other) {
    if (other === form || other.querySelector("[name=sure]")) return;
    other.addEventListener("formdata", function (event) {
      new FormData(form).forEach(function (value, name) { event.formData.append(name, value); });
    });
  });

  // Topics are looked for by their names as they are typed: nothing of it is a setting.
  var find = document.getElementById("find");
  var found = document.getElementById("found");
  find.nextElementSibling.hidden = true;
  find.addEventListener("input", function (event) {
    event.stopPropagation();
    var words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    var isFound = false;
    if (words.length > 0) document.getElementById("catalogue").open = true;
    form.querySelectorAll("details.group").forEach(function (group) {
      var hits = 0;
      var isNamed = has(group.querySelector("summary"), words);
      group.querySelectorAll(".choice").forEach(function (choice) {
        choice.hidden = !isNamed && !has(choice.querySelector("label"), words);
        if (!choice.hidden) hits++;
      });
      group.hidden = hits === 0;
      group.open = words.length > 0 && hits > 0;
      isFound = isFound || hits > 0;
    });
    found.textContent = isFound ? "" : found.dataset.none;
  });
  find.addEventListener("keydown", function (event) {
    if (event.key === "Enter") event.preventDefault();
  });

  function has(element, words) {
    var text = element.textContent.toLowerCase();
    return words.every(function (word) { return text.indexOf(word) >= 0; });
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

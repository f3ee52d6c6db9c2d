// Tells the form which zone the browser lives in; without this script the reader picks it from the list.
(function () {
  "use strict";
  var zone = nameOf();
  if (!zone) return;
  var hidden = document.querySelector("input[type=hidden][name=zone]");
  if (hidden) hidden.value = zone;
  var list = document.querySelector("select[name=zone]");
  var offer = document.getElementById("zone-offer");
  if (!list || !offer || nameOf(list.value) === zone) return;
  // Browsers call some zones by the names of former days, such as Asia/Calcutta.
  var own = list.querySelector('option[value="' + CSS.escape(zone) + '"]')
    || Array.prototype.find.call(list.options, function (option) { return nameOf(option.value) === zone; });
  if (!own) return;
  offer.hidden = false;
  offer.textContent = offer.dataset.text + " " + own.value.replace(/_/g, " ");
  offer.addEventListener("click", function () {
    list.value = own.value;
    offer.hidden = true;
    list.focus();
  });

  // What the browser calls a zone, or the one it lives in; undefined for one that it does not know.
  function nameOf(id) {
    try {
      return Intl.DateTimeFormat(undefined, { timeZone: id }).resolvedOptions().timeZone;
    } catch (unsupported) {
      return undefined;
    }
  }
})();

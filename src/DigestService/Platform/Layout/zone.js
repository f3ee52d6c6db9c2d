// Tells the form which zone the browser lives in; without this script the reader picks it from the list.
(function () {
  "use strict";
  var zone;
  try {
    zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch (unsupported) {
    return;
  }
  if (!zone) return;
  var hidden = document.querySelector("input[type=hidden][name=zone]");
  if (hidden) hidden.value = zone;
  var list = document.querySelector("select[name=zone]");
  var offer = document.getElementById("zone-offer");
  if (!list || !offer || list.value === zone || !list.querySelector('option[value="' + CSS.escape(zone) + '"]')) return;
  offer.hidden = false;
  offer.textContent = offer.dataset.text + " " + zone.replace(/_/g, " ");
  offer.addEventListener("click", function () {
    list.value = zone;
    offer.hidden = true;
    list.focus();
  });
})();

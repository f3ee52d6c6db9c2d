// A second click on the way comes to nothing: it would come by the link that the first one has just ended. Who stopped the first
// clicks again once a request would have been given up.
(function () {
  "use strict";
  var patience = 30000;
  var sentAt = -patience;
  document.addEventListener("submit", function (event) {
    if (event.timeStamp - sentAt < patience) event.preventDefault();
    else sentAt = event.timeStamp;
  });
  // Back on the page, which the browser may have kept as it was.
  window.addEventListener("pageshow", function () {
    sentAt = -patience;
  });
})();

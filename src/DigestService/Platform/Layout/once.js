// A second click on the way comes to nothing: it would come by the link that the first one has just ended.
(function () {
  "use strict";
  var patience = 5000;
  var sentAt = -patience;
  document.addEventListener("submit", function (event) {
    if (event.timeStamp - sentAt < patience) event.preventDefault();
    else sentAt = event.timeStamp;
  });
})();

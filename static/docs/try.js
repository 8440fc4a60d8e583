"use strict";

const place = document.getElementById("try");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  docExpansion: "none",
  persistAuthorization: false,
  validatorUrl: null,
});

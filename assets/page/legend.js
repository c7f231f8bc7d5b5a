// The colour bar: entropy 0 to ln 20 nats, always the same, with theta marked on it.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  class Legend {
    constructor(element) {
      this.element = element;
      this.name = part(element, "span", "eager-legend-name", "entropy, nats");
      this.scale = part(element, "div", "eager-legend-scale");
      this.ramp = part(this.scale, "div", "eager-legend-ramp");
      for (const [value, text] of [[0, "0"], [1, "1"], [2, "2"], [eager.palette.largestEntropy, "ln 20"]]) {
        part(this.scale, "span", "eager-legend-tick", text).style.left = place(value);
      }
      this.theta = part(this.scale, "span", "eager-legend-theta");
    }

    draw(store) {
      const ramp = `linear-gradient(to right, ${eager.palette.ramp.join(", ")})`;
      if (this.ramp.dataset.drawn !== ramp) this.ramp.style.background = this.ramp.dataset.drawn = ramp;
      this.theta.hidden = store.run === 0;
      this.theta.style.left = place(store.theta);
      const text = `θ ${store.theta.toFixed(2)}`;
      if (this.theta.textContent !== text) this.theta.textContent = text;
    }
  }

  function place(entropy) {
    return `${(100 * Math.min(entropy / eager.palette.largestEntropy, 1)).toFixed(2)}%`;
  }

  function part(parent, tag, className, text = "") {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return parent.appendChild(element);
  }

  eager.Legend = Legend;
})();

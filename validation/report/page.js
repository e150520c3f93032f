"use strict";
(() => {
  const make = (name, attributes = {}) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const save = (text, type, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name.replace(/[/\\:*?"<>|\p{Cc}]/gu, "_");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const superscript = (number) => String(number).replace(/[-\d]/g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(c)]);
  const signed = (value, digits) => value.toFixed(digits).replace("-", "−");
  document.querySelectorAll(".script[hidden]").forEach((element) => { element.hidden = false; });

  /* Tables: a click on the head of a column sorts by it, and once more the other way. */
  const compare = (one, other) => {
    // Cells without a number come last.
    if (one === "" || other === "") return (one === "") - (other === "");
    const [a, b] = [Number(one), Number(other)];
    return Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(other) : a - b;
  };
  const cells = (row) => [...row.cells].map((cell) => cell.textContent);
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      // Buttons are not printed in the heads that a table repeats on each page.
      head.dataset.name = button.textContent;
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].map((row) => [row.cells[column].textContent, row]);
        rows.sort(([a], [b]) => (up || a === "" || b === "" ? compare(a, b) : compare(b, a)));
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }

  for (const article of document.querySelectorAll("article")) {
    const name = article.dataset.name;
    const table = article.querySelector("table");
    const rows = [...table.tBodies[0].rows].map(cells);
    const heads = cells(table.tHead.rows[0]);
    article.querySelector("button.csv").addEventListener("click", () => {
      const lines = [heads, ...[...table.tBodies[0].rows].map(cells)].map((row) => row.join(","));
      save(lines.join("\n") + "\n", "text/csv", name + ".csv");
    });
    article.querySelector("button.toml").addEventListener("click", () => {
      save(article.querySelector(".configuration").textContent, "application/toml", name + ".toml");
    });

    /* One multipole is marked in all charts; the slider and the pointer choose it. */
    const reader = article.querySelector(".reader");
    if (!reader) continue;
    const slider = reader.querySelector("input");
    const charts = [...article.querySelectorAll(".spectra svg.chart")].map((chart) => {
      const { left, scale, origin } = chart.dataset;
      const box = chart.viewBox.baseVal;
      const cross = make("line", { class: "cross", y1: 12, y2: box.height - 52, visibility: "hidden" });
      chart.append(cross);
      return { chart, cross, width: box.width, place: (ell) => Number(left) + scale * Math.log(ell / origin) };
    });
    const mark = () => {
      const [ell, measured, error, predicted, ratio, pull, scatter] = rows[slider.value];
      for (const { cross, place } of charts) {
        cross.setAttribute("x1", place(ell));
        cross.setAttribute("x2", place(ell));
        cross.setAttribute("visibility", "visible");
      }
      let words = `ℓ = ${ell}: ${measured}`;
      if (error) words += ` ± ${error}`;
      if (predicted) words += `, predicted ${predicted}`;
      if (ratio) words += `, ratio ${ratio}`;
      if (pull) words += `, pull ${pull}`;
      if (scatter) words += `, scatter ${scatter}`;
      slider.setAttribute("aria-valuetext", words);
      reader.querySelector("output").textContent = words;
    };
    slider.addEventListener("input", mark);
    mark();
    for (const { chart, width, place } of charts) {
      const choose = (event) => {
        const box = chart.getBoundingClientRect();
        const x = ((event.clientX - box.left) / box.width) * width;
        const far = rows.map(([ell]) => Math.abs(place(ell) - x));
        slider.value = far.indexOf(Math.min(...far));
        mark();
      };
      chart.addEventListener("pointermove", choose);
      chart.addEventListener("pointerdown", choose);
    }
  }

  /* Sky maps: HEALPix pixels in RING order, Mollweide, RA growing to the left from 0 in the middle. */
  const colours = JSON.parse(document.getElementById("palettes").textContent);
  const pixel = (nside, z, longitude) => {
    const height = Math.abs(z);
    const quarter = ((longitude / (Math.PI / 2)) % 4 + 4) % 4;
    if (height <= 2 / 3) {
      const up = Math.floor(nside * (0.5 + quarter - 0.75 * z));
      const down = Math.floor(nside * (0.5 + quarter + 0.75 * z));
      const ring = nside + 1 + up - down;
      const shift = 1 - (ring & 1);
      const place = ((up + down - nside + shift + 1) >> 1) & (4 * nside - 1);
      return 2 * nside * (nside - 1) + (ring - 1) * 4 * nside + place;
    }
    const part = quarter - Math.floor(quarter);
    const width = nside * Math.sqrt(3 * (1 - height));
    const ring = Math.floor(part * width) + Math.floor((1 - part) * width) + 1;
    const place = Math.floor(quarter * ring) % (4 * ring);
    return z > 0 ? 2 * ring * (ring - 1) + place : 12 * nside * nside - 2 * ring * (ring + 1) + place;
  };
  const direction = (x, y) => {
    if (!(x * x / 4 + y * y < 1)) return null;
    const angle = Math.asin(y);
    const z = (2 * angle + Math.sin(2 * angle)) / Math.PI;
    return { z, longitude: -Math.PI * x / (2 * Math.cos(angle)) };
  };
  const project = (longitude, latitude) => {
    let angle = latitude;
    for (let step = 0; step < 30 && Math.abs(latitude) < 1.5706; step += 1) {
      angle -= (2 * angle + Math.sin(2 * angle) - Math.PI * Math.sin(latitude)) / (2 + 2 * Math.cos(2 * angle));
    }
    const turned = longitude - 2 * Math.PI * Math.round(longitude / (2 * Math.PI));
    return [(-2 / Math.PI) * turned * Math.cos(angle), Math.sin(angle)];
  };

  for (const figure of document.querySelectorAll("figure.sky")) {
    const sky = JSON.parse(figure.querySelector("script").textContent);
    const bytes = Uint8Array.from(atob(sky.pixels), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const values = Uint16Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
    const [canvas, image, output] = ["canvas", "img", "output"].map((name) => figure.querySelector(name));
    const context = canvas.getContext("2d");
    const [low, high] = sky.limits;
    const palette = new Uint32Array(65536);
    const bits = new Uint8ClampedArray(palette.buffer);
    for (let q = 0; q < 65536; q += 1) {
      const share = (sky.low + q * sky.step - low) / (high - low);
      const start = 6 * Math.round(255 * clamp(share, 0, 1));
      const code = q === 65535 ? "bfbfbf" : colours[sky.palette].slice(start, start + 6);
      for (let part = 0; part < 3; part += 1) bits[4 * q + part] = parseInt(code.slice(2 * part, 2 * part + 2), 16);
      bits[4 * q + 3] = 255;
    }
    let zoom = 1, centre = [0, 0], pointer = null, waiting = false;
    canvas.hidden = false;
    image.hidden = true;

    const scale = () => 4 / (canvas.width * zoom);
    const toPlane = (x, y) => [centre[0] + (x - canvas.width / 2) * scale(), centre[1] - (y - canvas.height / 2) * scale()];
    const toCanvas = ([x, y]) => [canvas.width / 2 + (x - centre[0]) / scale(), canvas.height / 2 - (y - centre[1]) / scale()];
    const fromEvent = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    const text = (words, x, y, size, align = "center") => {
      context.font = `${size}px system-ui, sans-serif`;
      context.textAlign = align;
      context.textBaseline = "middle";
      context.lineWidth = size / 4;
      context.lineJoin = "round";
      context.strokeStyle = "#ffffffd0";
      context.fillStyle = "#111";
      context.strokeText(words, x, y);
      context.fillText(words, x, y);
    };
    const grid = () => {
      const unit = canvas.width / canvas.clientWidth || 1;
      const step = zoom > 6 ? 10 : zoom > 2.5 ? 15 : 30;
      context.lineWidth = 0.7 * unit;
      context.strokeStyle = "#0000004d";
      context.beginPath();
      for (let latitude = -90 + step; latitude < 90; latitude += step) {
        const [x, y] = project(Math.PI, latitude * Math.PI / 180);
        context.moveTo(...toCanvas([x, y]));
        context.lineTo(...toCanvas([-x, y]));
      }
      for (let longitude = -180; longitude <= 180; longitude += 2 * step) {
        for (let angle = -90; angle <= 90; angle += 2) {
          const theta = angle * Math.PI / 180;
          const place = toCanvas([(-longitude / 90) * Math.cos(theta), Math.sin(theta)]);
          if (angle === -90) context.moveTo(...place); else context.lineTo(...place);
        }
      }
      context.stroke();
      const size = 12 * unit;
      for (let longitude = -180 + 2 * step; longitude < 180; longitude += 2 * step) {
        const [x, y] = toCanvas([-longitude / 90, 0]);
        if (x > size && x < canvas.width - size) text(`${(longitude + 360) % 360}°`, x, clamp(y - 0.8 * size, size, canvas.height - size), size);
      }
      for (let latitude = -90 + step; latitude < 90; latitude += step) {
        const [x, y] = toCanvas(project(Math.PI - 1e-9, latitude * Math.PI / 180));
        if (latitude && y > size && y < canvas.height - size) text(`${latitude < 0 ? "−" : "+"}${Math.abs(latitude)}°`, Math.max(x + 0.3 * size, 0.3 * size), y - 0.7 * size, size, "left");
      }
      for (const [longitude, latitude, label] of sky.marks) {
        const [x, y] = toCanvas(project(longitude, latitude));
        context.beginPath();
        context.arc(x, y, 4 * unit, 0, 7);
        context.fillStyle = "#fff";
        context.fill();
        context.lineWidth = 1.5 * unit;
        context.strokeStyle = "#111";
        context.stroke();
        text(label, x, y > 26 * unit ? y - 13 * unit : y + 13 * unit, 1.1 * size);
      }
      if (pointer) {
        const [x, y] = toCanvas(pointer);
        for (const [width, colour] of [[3, "#fff"], [1.2, "#111"]]) {
          context.lineWidth = width * unit;
          context.strokeStyle = colour;
          context.beginPath();
          for (const [a, b] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
            context.moveTo(x + 4 * a * unit, y + 4 * b * unit);
            context.lineTo(x + 11 * a * unit, y + 11 * b * unit);
          }
          context.stroke();
        }
      }
    };
    const draw = () => {
      waiting = false;
      const width = clamp(Math.round(canvas.clientWidth * Math.min(devicePixelRatio || 1, 2)), 200, 1400);
      canvas.width = width;
      canvas.height = Math.round(width / 2);
      const picture = context.createImageData(canvas.width, canvas.height);
      const points = new Uint32Array(picture.data.buffer);
      for (let row = 0; row < canvas.height; row += 1) {
        const [first, y] = toPlane(0.5, row + 0.5);
        if (!(Math.abs(y) < 1)) continue;
        const angle = Math.asin(y);
        const z = (2 * angle + Math.sin(2 * angle)) / Math.PI;
        const edge = 2 * Math.cos(angle);
        for (let column = 0; column < canvas.width; column += 1) {
          const x = first + column * scale();
          if (Math.abs(x) < edge) points[row * canvas.width + column] = palette[values[pixel(sky.nside, z, -Math.PI * x / edge)]];
        }
      }
      context.putImageData(picture, 0, 0);
      grid();
      canvas.classList.toggle("zoomed", zoom > 1);
    };
    const redraw = () => {
      if (!waiting) requestAnimationFrame(draw);
      waiting = true;
    };
    const read = () => {
      const found = pointer && direction(...pointer);
      if (!found) {
        output.textContent = "Point at the map for a value.";
        return;
      }
      const place = pixel(sky.nside, found.z, found.longitude);
      const ra = ((found.longitude * 180 / Math.PI) % 360 + 360) % 360;
      const dec = Math.asin(clamp(found.z, -1, 1)) * 180 / Math.PI;
      const power = sky.exponent ? ` × 10${superscript(sky.exponent)}` : "";
      const value = (sky.low + values[place] * sky.step) / 10 ** sky.exponent;
      const words = values[place] === 65535 ? sky.empty : signed(value, 4) + power + (sky.unit ? ` ${sky.unit}` : "");
      output.textContent = `RA ${ra.toFixed(1)}°, Dec ${dec < 0 ? "−" : "+"}${Math.abs(dec).toFixed(1)}°: ${words}`;
    };
    const point = (place) => {
      pointer = place;
      read();
      redraw();
    };
    const move = (x, y) => {
      centre = [clamp(x, -2 + 2 / zoom, 2 - 2 / zoom), clamp(y, -1 + 1 / zoom, 1 - 1 / zoom)];
      redraw();
    };
    const zoomTo = (factor, [x, y] = pointer || centre) => {
      const before = zoom;
      zoom = clamp(zoom * factor, 1, 40);
      // What is at (x, y) stays where it is.
      move(x + (centre[0] - x) * before / zoom, y + (centre[1] - y) * before / zoom);
    };
    const reset = () => {
      zoom = 1;
      move(0, 0);
    };
    const touches = new Map();
    canvas.addEventListener("pointerdown", (event) => {
      touches.set(event.pointerId, fromEvent(event));
      canvas.setPointerCapture(event.pointerId);
      point(toPlane(...fromEvent(event)));
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = fromEvent(event);
      const before = touches.get(event.pointerId);
      if (!before) {
        point(toPlane(...now));
        return;
      }
      if (touches.size === 2) {
        const [other] = [...touches].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
        const apart = (place) => Math.hypot(place[0] - other[0], place[1] - other[1]);
        if (apart(before) > 0) zoomTo(apart(now) / apart(before), toPlane((now[0] + other[0]) / 2, (now[1] + other[1]) / 2));
      } else if (zoom > 1) {
        move(centre[0] - (now[0] - before[0]) * scale(), centre[1] + (now[1] - before[1]) * scale());
      } else {
        point(toPlane(...now));
      }
      touches.set(event.pointerId, now);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => touches.delete(event.pointerId));
    // The wheel scrolls the page until the map is chosen.
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      zoomTo(Math.exp(-event.deltaY / 400), toPlane(...fromEvent(event)));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (steps) {
        const step = 0.04 / zoom;
        const [x, y] = pointer || centre;
        const next = [x + steps[0] * step, y + steps[1] * step];
        if (direction(...next)) point(next);
        const [column, row] = toCanvas(pointer || centre);
        if (column < 0 || row < 0 || column > canvas.width || row > canvas.height) move(...pointer);
      } else if (event.key === "+" || event.key === "=") zoomTo(1.5);
      else if (event.key === "-") zoomTo(1 / 1.5);
      else if (event.key === "0") reset();
      else return;
      event.preventDefault();
    });
    figure.querySelector(".controls").addEventListener("click", (event) => {
      const what = event.target.dataset.do;
      if (what === "in") zoomTo(1.5);
      if (what === "out") zoomTo(1 / 1.5);
      if (what === "reset") reset();
    });
    addEventListener("resize", redraw);
    draw();
  }
})();

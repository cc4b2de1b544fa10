// SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Returns the texts of the page whose contrast is below that of WCAG 2 AA: 4.5, or 3 for large text.
(() => {
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parts(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || ["SCRIPT", "STYLE", "title"].includes(element.tagName)) continue;
    const style = getComputedStyle(element), inSvg = element.ownerSVGElement !== null && element.ownerSVGElement !== undefined;
    const [one, other] = [light(parts(inSvg ? style.fill : style.color)), light(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (contrast < (large ? 3 : 4.5)) found.add(`${element.tagName}.${element.className.baseVal ?? element.className} ${contrast}`);
  }
  return [...found];
})()

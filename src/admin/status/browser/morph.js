/**
 * Makes the content of `target` equal to `wanted` and changes only what differs: selected text, focus, opened details and
 * the position of a screen reader are kept. Elements with `data-keep` belong to the script and are not changed.
 *
 * @param {Element} target
 * @param {Element | DocumentFragment} wanted its children are moved to the target
 */
export function morph(target, wanted) {
  const keyed = new Map(
    [...target.children].flatMap((child) => (keyOf(child) === undefined ? [] : [[keyOf(child), child]])),
  );
  let place = target.firstChild;
  for (const next of Array.from(wanted.childNodes)) {
    const known = next instanceof Element && keyOf(next) !== undefined ? keyed.get(keyOf(next)) : undefined;
    if (known !== undefined && known !== place) target.insertBefore(known, place);
    const current = known ?? place;
    if (current === null || !alike(current, next)) {
      target.insertBefore(next, place);
      continue;
    }
    place = current.nextSibling;
    if (current instanceof Element && next instanceof Element) {
      if (current.hasAttribute('data-keep')) continue;
      copyAttributes(current, next);
      morph(current, next);
    } else if (current.nodeValue !== next.nodeValue) {
      current.nodeValue = next.nodeValue;
    }
  }
  while (place !== null) {
    const after = place.nextSibling;
    place.remove();
    place = after;
  }
}

/** @param {Element} element */
function keyOf(element) {
  return element.getAttribute('data-key') ?? undefined;
}

/**
 * @param {Node} a
 * @param {Node} b
 */
function alike(a, b) {
  if (a.nodeType !== b.nodeType || a.nodeName !== b.nodeName) return false;
  return !(a instanceof Element && b instanceof Element) || (a.id === b.id && keyOf(a) === keyOf(b));
}

/**
 * @param {Element} target
 * @param {Element} wanted
 */
function copyAttributes(target, wanted) {
  for (const { name } of Array.from(target.attributes)) {
    const own = name === 'open' && target instanceof HTMLDetailsElement; // set by the user
    if (!own && !wanted.hasAttribute(name)) target.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
}

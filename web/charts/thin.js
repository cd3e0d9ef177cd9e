// thin.js: which epochs of a long run are drawn or listed, so that the work for a picture stays the same however long the
// run. Pure. Depends on nothing.

/**
 * The records to show when at most `most` may be: every one, or every 2nd, 4th, 8th ... by epoch, so that those that are
 * shown stay as the run grows; always the first and the last, and always where the phase changes.
 */
export function thin(records, most) {
  const stride = strideOf(records.length, most);
  if (stride === 1) return records;
  return records.filter(
    (record, index) =>
      index === 0 ||
      index === records.length - 1 ||
      record.epoch % stride === 0 ||
      record.phase !== records[index + 1]?.phase,
  );
}

/** The least power of two by which `length` records become at most `most`. */
export function strideOf(length, most) {
  let stride = 1;
  while (length / stride > most) stride *= 2;
  return stride;
}

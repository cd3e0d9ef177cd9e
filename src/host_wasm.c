/* host_wasm.c: host.h in WebAssembly. The JavaScript that loads the engine may supply Module.host
 * with readFile(path) -> Uint8Array, writeFile(path, bytes), print(stream, text),
 * isTerminal(stream), dataFolder(); web/cli.js does; and fetchPictures(part, which, count, size, to)
 * with addresses, as host_fetch_pictures; web/wasm.js does. Where it is missing, files do not exist and
 * text is dropped. Only the thread that made the instance may call these. */
#include <emscripten.h>
#include <stdlib.h>

#include "format.h"
#include "host.h"

EM_JS(int, host_js_print, (int stream, const char *text), {
  var host = Module["host"];
  try {
    if (host && host.print)
      host.print(stream, UTF8ToString(text));
    return 0;
  } catch (error) {
    return -1;
  }
});

EM_JS(int, host_js_is_terminal, (int stream), {
  var host = Module["host"];
  return host && host.isTerminal && host.isTerminal(stream) ? 1 : 0;
});

/* The file's size, kept in Module.hostFile until host_js_take; -1: no such file, reason in
 * Module.hostReason. */
EM_JS(double, host_js_open, (const char *path), {
  var host = Module["host"];
  try {
    if (!host || !host.readFile)
      throw new Error("there are no files here");
    Module["hostFile"] = host.readFile(UTF8ToString(path));
    return Module["hostFile"].length;
  } catch (error) {
    Module["hostReason"] = String(error && error.message || error);
    return -1;
  }
});

EM_JS(int, host_js_take, (unsigned char *to), {
  new Uint8Array(wasmMemory.buffer).set(Module["hostFile"], to);
  Module["hostFile"] = null;
  return 0;
});

EM_JS(int, host_js_reason, (char *to, int capacity), {
  stringToUTF8(Module["hostReason"] || "", to, capacity);
  return 0;
});

EM_JS(int, host_js_write, (const char *path, const unsigned char *data, int size), {
  var host = Module["host"];
  try {
    if (!host || !host.writeFile)
      throw new Error("there are no files here");
    host.writeFile(UTF8ToString(path), new Uint8Array(wasmMemory.buffer).slice(data, data + size));
    return 0;
  } catch (error) {
    Module["hostReason"] = String(error && error.message || error);
    return -1;
  }
});

EM_JS(int, host_js_fetch_pictures,
      (int part, const uint32_t *which, int count, int size, unsigned char *to), {
        var host = Module["host"];
        return host && host.fetchPictures && host.fetchPictures(part, which, count, size, to) ? 1
                                                                                              : 0;
      });

EM_JS(int, host_js_data_folder, (char *to, int capacity), {
  var host = Module["host"];
  stringToUTF8(host && host.dataFolder ? host.dataFolder() : "data", to, capacity);
  return 0;
});

/* Number("") is 0 */
EM_JS(double, host_js_number, (const char *text), {
  var digits = UTF8ToString(text);
  return digits ? Number(digits) : NaN;
});

/* As C, and unlike toFixed and toPrecision, a digit that stands exactly between two becomes the even one: so from 61
 * digits, which tell that. */
EM_JS(int, host_js_digits, (double value, int fixed, int precision, char *to), {
  var parts = value.toExponential(60).split("e");
  var digits = parts[0].replace(".", "");
  var exponent = Number(parts[1]);
  var count = fixed ? exponent + 1 + precision : precision || 1;
  var head = digits.slice(0, Math.max(count, 0)).padEnd(count, "0");
  var tail = digits.slice(Math.max(count, 0));
  var half = String(5).padEnd(tail.length, "0");
  if (count >= 0 && (tail > half || (tail == half && Number(head.slice(-1)) % 2))) {
    head = String(BigInt(head) + BigInt(1)).padStart(count, "0");
    if (head.length > count)
      exponent++;
  }
  var text;
  if (fixed) {
    head = head.padStart(precision + 1, "0");
    text = head.slice(0, head.length - precision) + "." + head.slice(head.length - precision);
    if (!precision)
      text = head;
  } else {
    var bare = head.slice(0, count).replace(new RegExp("0+$"), "");
    var point = exponent + 1;
    if (exponent < -4 || exponent >= count) {
      var size = Math.abs(exponent);
      text = bare.slice(0, 1) + (bare.length > 1 ? "." : "") + bare.slice(1);
      text += (exponent < 0 ? "e-" : "e+") + String(size).padStart(2, "0");
    } else if (point <= 0) {
      text = "0." + String(0).repeat(-point) + bare;
    } else {
      text = bare.slice(0, point).padEnd(point, "0") +
             (bare.length > point ? "." + bare.slice(point) : "");
    }
  }
  if (!value)
    text = fixed && precision ? "0." + String(0).repeat(precision) : "0";
  stringToUTF8(text, to, 352);
  return 0;
});

EM_JS(int, host_js_significant, (double value), {
  for (var precision = 1; precision < 17; precision++)
    if (Number(value.toPrecision(precision)) == value)
      return precision;
  return 17;
});

static Status file_error(const char *what, const char *path, Error *error) {
  char reason[256];
  host_js_reason(reason, sizeof reason);
  return error_set(error, STATUS_FILE, "%.300s: cannot be %s: %s", path, what, reason);
}

Status host_read_file(const char *path, uint8_t **data, size_t *size, Error *error) {
  double length = host_js_open(path);
  if (length < 0)
    return file_error("read", path, error);
  uint8_t *bytes = malloc(length > 0 ? (size_t)length : 1);
  if (!bytes)
    return error_set(error, STATUS_MEMORY, "%.300s: out of memory for %.0f bytes", path, length);
  host_js_take(bytes);
  *data = bytes;
  *size = (size_t)length;
  return STATUS_OK;
}

Status host_write_file(const char *path, const void *data, size_t size, Error *error) {
  if (host_js_write(path, data, (int)size))
    return file_error("written", path, error);
  return STATUS_OK;
}

int host_fetch_pictures(int part, const uint32_t *which, uint32_t count, uint32_t size,
                        uint8_t *to) {
  return host_js_fetch_pictures(part, which, (int)count, (int)size, to);
}

int host_print(int stream, const char *text) { return host_js_print(stream, text); }
int host_is_terminal(int stream) { return host_js_is_terminal(stream); }
double host_number(const char *text) { return host_js_number(text); }
void format_digits(double value, char style, int precision, char *to) {
  host_js_digits(value, style == 'f', precision, to);
}
int format_significant(double value) { return host_js_significant(value); }
double host_seconds(void) { return emscripten_get_now() * 1e-3; }

const char *host_data_folder(void) {
  static char folder[1024];
  host_js_data_folder(folder, sizeof folder);
  return folder;
}

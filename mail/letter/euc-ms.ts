/**
 * eucJP-ms (CP51932 and its kin): EUC-JP with the characters of IBM and NEC in rows 83 and 84 of its third code set, 8F F3
 * F3 to 8F F4 FE. The standard decoder (WHATWG Encoding, JIS X 0212) knows none of them.
 */

/** Those characters in the order of their codes (libiconv, EUC-JP-MS). */
const EXTENSIONS =
  "\u2170\u2171\u2172\u2173\u2174\u2175\u2176\u2177\u2178\u2179\u2160\u2161\u2162\u2163\u2164\u2165" +
  "\u2166\u2167\u2168\u2169\uFF07\uFF02\u3231\u2116\u2121\u70BB\u4EFC\u50F4\u51EC\u5307\u5324\uFA0E" +
  "\u548A\u5759\uFA0F\uFA10\u589E\u5BEC\u5CF5\u5D53\uFA11\u5FB7\u6085\u6120\u654E\u663B\u6665\uFA12" +
  "\uF929\u6801\uFA13\uFA14\u6A6B\u6AE2\u6DF8\u6DF2\u7028\uFA15\uFA16\u7501\u7682\u769E\uFA17\u7930" +
  "\uFA18\uFA19\uFA1A\uFA1B\u7AE7\uFA1C\uFA1D\u7DA0\u7DD6\uFA1E\u8362\uFA1F\u85B0\uFA20\uFA21\u8807" +
  "\uFA22\u8B7F\u8CF4\u8D76\uFA23\uFA24\uFA25\u90DE\uFA26\u9115\uFA27\uFA28\u9592\uF9DC\uFA29\u973B" +
  "\u974D\u9751\uFA2A\uFA2B\uFA2C\u999E\u9AD9\u9B72\uFA2D\u9ED1";

const THIRD_SET = 0x8f;

/** The character at `at`, or null when none of the extension begins there. */
function extensionAt(bytes: Uint8Array, at: number): string | null {
  const [row = 0, cell = 0] = [bytes[at + 1], bytes[at + 2]];
  if (bytes[at] !== THIRD_SET || cell < 0xa1 || cell > 0xfe) return null;
  if (row === 0xf3 && cell >= 0xf3) return EXTENSIONS[cell - 0xf3] ?? null;
  return row === 0xf4 ? (EXTENSIONS[12 + cell - 0xa1] ?? null) : null;
}

/** EUC-JP with the extensions. @throws when the bytes are not sound EUC-JP. */
export function decodeEuc(bytes: Uint8Array): string {
  const decoder = new TextDecoder("euc-jp", { fatal: true });
  let text = "";
  let from = 0;
  for (let at = bytes.indexOf(THIRD_SET); at >= 0; at = bytes.indexOf(THIRD_SET, at + 1)) {
    const extension = extensionAt(bytes, at);
    if (extension === null) continue;
    text += decoder.decode(bytes.subarray(from, at)) + extension;
    from = at + 3;
  }
  return text + decoder.decode(bytes.subarray(from));
}

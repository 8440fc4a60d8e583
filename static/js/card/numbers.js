"use strict";

// What can be told of a card from its number and its date alone. Nothing here touches the page.
//
// These files share one name, `cardEntry`, instead of importing each other: static files are served under names that
// carry their contents' digest, which an import inside a file could not know.

{
  globalThis.cardEntry ??= {};

  // Prefix, lengths, length of the security code, and after which digits a gap follows; the most specific first.
  const FOURS = [4, 8, 12, 16];
  const BRANDS = [
    ["amex", /^3[47]/, [15], 4, [4, 10]],
    ["diners", /^3(?:0[0-5]|[689])/, [14, 16, 19], 3, [4, 10]],
    ["jcb", /^35(?:2[89]|[3-8])/, [16, 17, 18, 19], 3, FOURS],
    ["mastercard", /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16], 3, FOURS],
    ["discover", /^(?:6011|64[4-9]|65)/, [16, 17, 18, 19], 3, FOURS],
    ["unionpay", /^(?:62|81)/, [16, 17, 18, 19], 3, FOURS],
    ["visa", /^4/, [13, 16, 19], 3, FOURS],
    ["maestro", /^(?:5[06-8]|6)/, [12, 13, 14, 15, 16, 17, 18, 19], 3, FOURS],
  ].map(([name, prefix, lengths, code, gaps]) => ({ name, prefix, lengths, code, gaps }));
  const MOST_DIGITS = 19;
  const LONGEST_LIFE = 25; // years of a card

  // Keyboards of East Asia write digits in full width; NFKC makes plain ones of them.
  const plain = (text) => text.normalize("NFKC");
  const digits = (text) => plain(text).replace(/\D/g, "");
  const brandOf = (number) => BRANDS.find((brand) => brand.prefix.test(number));

  function passesLuhn(number) {
    let sum = 0;
    [...number].reverse().forEach((digit, place) => {
      const value = Number(digit) * (place % 2 ? 2 : 1);
      sum += value > 9 ? value - 9 : value;
    });
    return number.length > 0 && sum % 10 === 0;
  }

  function grouped(text) {
    const number = digits(text).slice(0, MOST_DIGITS);
    const gaps = brandOf(number)?.gaps ?? FOURS;
    return [...number].map((digit, place) => (gaps.includes(place) ? " " : "") + digit).join("");
  }

  // "1/28", "12 / 2028", "1228", "122028", "128", "2028-12"; years of two digits are those of this century.
  function expiryOf(text) {
    const said = plain(text).trim();
    const turned = said.match(/^(\d{4})\s*[-/.]\s*(\d{1,2})$/);
    const match = said.match(/^(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})$/)
      ?? said.match(/^(0[1-9]|1[0-2])(\d{4}|\d{2})$/) ?? said.match(/^([1-9])(\d{2})$/);
    const [month, year] = turned ? [turned[2], turned[1]] : match ? [match[1], match[2]] : ["0", "0"];
    if (Number(month) < 1 || Number(month) > 12) return null;
    return { month: Number(month), year: Number(year) + (year.length === 2 ? 2000 : 0) };
  }

  // What is wrong, as the name of a text; empty where nothing is.
  function wrongNumber(text) {
    const number = digits(text);
    if (!number) return "number_missing";
    const brand = brandOf(number);
    if (brand && number.length < Math.min(...brand.lengths)) return "number_short";
    const fits = brand ? brand.lengths.includes(number.length) : number.length >= 12;
    return fits && passesLuhn(number) ? "" : "incorrect_number";
  }

  function wrongExpiry(text, now = new Date()) {
    if (!text.trim()) return "expiry_missing";
    const expiry = expiryOf(text);
    if (!expiry) return "expiry_wrong";
    const months = (expiry.year - now.getFullYear()) * 12 + expiry.month - now.getMonth() - 1;
    if (months < 0) return "expired_card";
    return months > LONGEST_LIFE * 12 ? "expiry_wrong" : "";
  }

  // Without a number, whose brand may be known (a saved card's) or not.
  function wrongCode(text, brandName) {
    const code = digits(text);
    if (!code) return "code_missing";
    const length = BRANDS.find((brand) => brand.name === brandName)?.code;
    if (length ? code.length === length : code.length === 3 || code.length === 4) return "";
    return length === 4 ? "code_of_four" : "code_of_three";
  }

  Object.assign(globalThis.cardEntry, {
    numbers: { digits, plain, brandOf, passesLuhn, grouped, expiryOf, wrongNumber, wrongExpiry, wrongCode },
  });
}

// What flows share: their result is printed as JSON, and which methods they called is written down (see tests/wire/calls.py).
import { appendFileSync } from "node:fs";

export async function report(flow) {
  console.log(JSON.stringify(await flow()));
}

/** Wrap a library's client so that each call of a method, and how it ended, goes to the file KEEPTAB_CALLS. */
export function observed(library, client, wasNotOffered) {
  const note = (path, ended) => {
    if (process.env.KEEPTAB_CALLS) {
      appendFileSync(process.env.KEEPTAB_CALLS, `${JSON.stringify([library, path, ended])}\n`);
    }
  };
  const wrapped = (target, path) =>
    new Proxy(target, {
      get(_, name) {
        const member = Reflect.get(target, name, target);
        if (typeof name === "symbol" || name.startsWith("_")) {
          return member;
        }
        const inner = path ? `${path}.${name}` : name;
        if (typeof member === "object" && member !== null) {
          return wrapped(member, inner);
        }
        if (typeof member !== "function") {
          return member;
        }
        return (...given) => {
          const answer = Reflect.apply(member, target, given);
          answer?.then?.(
            () => note(inner, "works"),
            (error) => note(inner, wasNotOffered(error) ? "not offered" : "refused"),
          );
          return answer;
        };
      },
    });
  return wrapped(client, "");
}

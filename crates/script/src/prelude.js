(function (facts, query, host, random) {
  "use strict";
  const stringify = JSON.stringify;
  const text = (value) => (typeof value === "string" ? value : stringify(value) ?? String(value));
  const set = (kind, shown) =>
    function (name, value) {
      const refusal = host(kind, `${name}`, stringify(value) ?? "null");
      if (refusal) throw new RangeError(refusal);
      shown[name] = value;
    };
  facts.setVariable = set("variable", facts.variables);
  facts.setChannelVariable = set("channel", facts.channel);
  facts.log = function (...words) {
    host("log", words.map(text).join(" "), "");
  };
  globalThis.call = facts;
  globalThis.console = { log: facts.log, info: facts.log, warn: facts.log, error: facts.log, debug: facts.log };
  Math.random = random;
  return { method: "GET", query, form: {}, headers: {}, cookie: {} };
})

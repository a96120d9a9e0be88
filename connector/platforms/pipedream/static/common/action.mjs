const isEmpty = (value) =>
  value === undefined ||
  value === null ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** Line items are written as JSON, one in each line. */
const read = (value) => {
  if (!Array.isArray(value)) return value;
  return value.map((each) =>
    typeof each === "string" && each.trim().startsWith("{") ? JSON.parse(each) : each,
  );
};

/** Carry out an action or a search on the props of `component`; return Unitwire's answer. */
export const run = async ($, component, key, props) => {
  const filled = props.filter((name) => !isEmpty(component[name]));
  const { meta, ...answer } = await component.unitwire.call({
    $,
    method: "POST",
    path: `actions/${key}`,
    data: Object.fromEntries(filled.map((name) => [name, read(component[name])])),
  });
  $.export("$summary", `Successfully did: ${key.replaceAll("_", " ")}`);
  return answer;
};

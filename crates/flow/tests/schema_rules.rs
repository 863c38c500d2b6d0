//! Every rule of the validator on small schemas: what is refused, where, and what is repaired silently.

use flow::schema::{MAX_VIOLATIONS, Registry, Rule, Violation, error_tree, validate};
use serde_json::{Value, json};

fn registry(schema: Value) -> Registry {
    Registry::new([("s".to_owned(), schema), ("word".to_owned(), json!({"type": "string", "maxLength": 3}))])
}

/// The faults of `value` as `path rule` texts, and what it became.
fn check(schema: Value, mut value: Value) -> (Vec<String>, Value) {
    let found = validate(&registry(schema), "s", &mut value);
    (found.iter().map(|fault| format!("{} {}", fault.dotted_path(), fault.rule.key())).collect(), value)
}

#[track_caller]
fn refuses(schema: Value, value: Value, expected: &[&str]) {
    assert_eq!(check(schema.clone(), value.clone()).0, expected, "{value} against {schema}");
}

#[track_caller]
fn accepts(schema: Value, value: Value) {
    refuses(schema, value, &[]);
}

#[test]
fn types() {
    let good = [
        ("integer", json!(3)),
        ("number", json!(3.5)),
        ("number", json!(3)),
        ("string", json!("")),
        ("boolean", json!(false)),
        ("object", json!({})),
        ("array", json!([])),
        ("null", json!(null)),
        ("any", json!([1])),
    ];
    for (name, value) in good {
        accepts(json!({"type": name}), value);
    }
    for (name, value) in [
        ("integer", json!("x")),
        ("integer", json!(3.5)),
        ("number", json!([])),
        ("string", json!(3)),
        ("boolean", json!(1)),
        ("object", json!([])),
        ("array", json!({"0": 1})),
        ("integer", json!(null)),
    ] {
        refuses(json!({"type": name}), value, &[" type"]);
    }
    accepts(json!({"type": ["integer", "string"]}), json!("x"));
    refuses(json!({"type": ["integer", "boolean"]}), json!("x"), &[" type"]);
}

#[test]
fn strings_are_converted_where_another_type_belongs() {
    let schema = json!({"properties": {
        "n": {"type": "integer", "minimum": 2}, "x": {"type": "number"}, "b": {"type": "boolean"},
        "many": {"type": "array", "items": {"type": "integer"}}, "either": {"type": ["integer", "string"]},
        "fixed": {"enum": ["auto", true, 3]},
    }});
    let (faults, value) = check(
        schema.clone(),
        json!({"n": "3", "x": "1.5", "b": "true", "many": ["1", 2], "either": "7", "fixed": "true", "other": "9"}),
    );
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(
        value,
        json!({"n": 3, "x": 1.5, "b": true, "many": [1, 2], "either": "7", "fixed": true, "other": "9"})
    );
    // Rules apply to what the value became.
    refuses(schema, json!({"n": "1", "b": "maybe"}), &["n minimum", "b type"]);
}

#[test]
fn bounds_of_numbers() {
    let closed = json!({"type": "number", "minimum": 1, "maximum": 2});
    accepts(closed.clone(), json!(1));
    accepts(closed.clone(), json!(2));
    refuses(closed.clone(), json!(0.9), &[" minimum"]);
    refuses(closed, json!(2.1), &[" maximum"]);
    let open = json!({"minimum": 1, "maximum": 2, "exclusiveMinimum": true, "exclusiveMaximum": true, "type": "number"});
    accepts(open.clone(), json!(1.5));
    refuses(open.clone(), json!(1), &[" minimum"]);
    refuses(open, json!(2), &[" maximum"]);
}

#[test]
fn lengths_count_characters_and_patterns_search() {
    let schema = json!({"type": "string", "minLength": 2, "maxLength": 3, "pattern": "b|é"});
    accepts(schema.clone(), json!("ééé"));
    accepts(schema.clone(), json!("abc"));
    refuses(schema.clone(), json!("é"), &[" minLength"]);
    refuses(schema.clone(), json!("abcd"), &[" maxLength"]);
    refuses(schema, json!("xxxx"), &[" maxLength", " pattern"]);
}

#[test]
fn arrays() {
    let schema = json!({"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true,
        "items": {"$ref": "word"}});
    accepts(schema.clone(), json!(["a", "b"]));
    refuses(schema.clone(), json!([]), &[" minItems"]);
    refuses(schema.clone(), json!(["a", "b", "c"]), &[" maxItems"]);
    refuses(schema.clone(), json!(["a", "a"]), &[" uniqueItems"]);
    refuses(schema, json!(["a", "abcd"]), &["1 maxLength"]);
    refuses(json!({"uniqueItems": true}), json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}]), &[" uniqueItems"]);
    accepts(json!({"uniqueItems": true}), json!(["1", 1]));
}

#[test]
fn members() {
    let schema = json!({
        "type": "object", "required": ["a"],
        "properties": {"a": {"type": "integer"}},
        "patternProperties": {"^x": {"type": "boolean"}},
        "additionalProperties": false,
        "minProperties": 2, "maxProperties": 3,
    });
    accepts(schema.clone(), json!({"a": 1, "x1": true}));
    refuses(schema.clone(), json!({"x1": 3, "x2": true}), &["a required", "x1 type"]);
    refuses(schema.clone(), json!({"a": 1, "y": 1}), &["y additionalProperties"]);
    refuses(schema.clone(), json!({"a": 1}), &[" minProperties"]);
    refuses(schema, json!({"a": 1, "x1": true, "x2": true, "x3": true}), &[" maxProperties"]);
    let open = json!({"properties": {"a": {}}, "additionalProperties": {"type": "integer"}});
    refuses(open, json!({"a": "x", "b": "x", "c": 1}), &["b type"]);
    // A member with a pattern and a property of its own must satisfy both.
    let both =
        json!({"properties": {"xa": {"maxLength": 1}}, "patternProperties": {"^x": {"pattern": "^[0-9]*$"}}});
    refuses(both, json!({"xa": "ab"}), &["xa maxLength", "xa pattern"]);
}

#[test]
fn defaults_are_written_also_into_empty_objects_and_are_not_checked() {
    let schema = json!({"properties": {
        "sip": {"type": "object", "default": {}, "properties": {
            "method": {"type": "string", "default": "password"},
            "expire_seconds": {"type": "integer", "default": 300},
            "username": {"type": "string"},
        }},
        "macros": {"type": "array", "default": [], "minItems": 1},
        "hotdesk": {"type": "object", "properties": {"enabled": {"type": "boolean", "default": false}}},
    }});
    let completed = json!({"sip": {"method": "password", "expire_seconds": 300}, "macros": []});
    assert_eq!(check(schema.clone(), json!({})), (vec![], completed));
    let (faults, value) =
        check(schema.clone(), json!({"sip": {"method": "ip"}, "macros": ["x"], "hotdesk": {}}));
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(
        value,
        json!({"sip": {"method": "ip", "expire_seconds": 300}, "macros": ["x"], "hotdesk": {"enabled": false}})
    );
    // What was completed once is accepted again.
    accepts(schema, json!({"macros": []}));
}

#[test]
fn a_default_satisfies_required_and_an_object_put_in_must_be_complete() {
    accepts(json!({"required": ["v"], "properties": {"v": {"type": "string", "default": ""}}}), json!({}));
    let schema = json!({"properties": {"data": {"type": "object", "default": {}, "required": ["id"]}}});
    refuses(schema, json!({}), &["data.id required"]);
}

#[test]
fn null_counts_as_absent_where_the_schema_knows_the_member() {
    let schema = json!({
        "required": ["r"],
        "properties": {"r": {"type": "string"}, "d": {"type": "integer", "default": 3}, "n": {"type": ["null", "string"]}},
        "patternProperties": {"^x": {"type": "object"}},
    });
    let (faults, value) = check(schema, json!({"r": null, "d": null, "n": null, "x1": null, "kept": null}));
    assert_eq!(faults, ["r required"]);
    assert_eq!(value, json!({"n": null, "kept": null, "d": 3}));
    let closed = json!({"properties": {}, "additionalProperties": false});
    assert_eq!(check(closed, json!({"y": null})), (vec![], json!({})));
}

#[test]
fn alternatives() {
    let one = json!({"oneOf": [{"type": "boolean"}, {"type": "string"}]});
    // An exact fit wins over a conversion.
    assert_eq!(check(one.clone(), json!("true")), (vec![], json!("true")));
    refuses(one, json!(3), &[" not_one_schema_valid"]);
    let lenient = json!({"oneOf": [{"type": "integer"}, {"type": "object"}]});
    assert_eq!(check(lenient, json!("3")), (vec![], json!(3)));
    let double = json!({"oneOf": [{"type": "integer"}, {"type": "number"}]});
    refuses(double, json!(3), &[" not_one_schema_valid"]);
    let any = json!({"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 9}]});
    accepts(any.clone(), json!(3));
    refuses(any, json!(3.5), &[" not_one_schema_valid"]);
    let all = json!({"allOf": [{"$ref": "word"}, {"enum": ["abcd", "x"]}]});
    accepts(all.clone(), json!("x"));
    refuses(all, json!("abcd"), &[" maxLength"]);
    refuses(json!({"not": {"type": "integer"}}), json!(3), &[" disallow"]);
    accepts(json!({"not": {"type": "integer"}}), json!("3"));
}

#[test]
fn the_alternative_meant_writes_its_defaults_and_explains_its_faults() {
    let shape = |kind: &str, size: Value| json!({"properties": {"kind": {"enum": [kind]}, "size": size}});
    let schema = json!({"oneOf": [
        shape("tone", json!({"type": "integer", "maximum": 9, "default": 5})),
        shape("say", json!({"type": "string"})),
    ]});
    assert_eq!(check(schema.clone(), json!({"kind": "tone"})), (vec![], json!({"kind": "tone", "size": 5})));
    let mut value = json!({"kind": "tone", "size": 99});
    let found = validate(&registry(schema), "s", &mut value);
    assert_eq!(found[0].cause.as_ref().unwrap()["size"]["maximum"]["target"], 9);
}

#[test]
fn addresses_and_regular_expressions() {
    let schema = json!({"properties": {
        "uri": {"type": "string", "kazoo-validation": true},
        "re": {"type": "string", "kazoo-regexp": true},
    }});
    accepts(schema.clone(), json!({"uri": "https://a.example/x", "re": "^\\*9(7)$"}));
    accepts(schema.clone(), json!({"uri": ""}));
    refuses(schema.clone(), json!({"uri": "ftp://a.example", "re": "(["}), &["uri error", "re error"]);
    let mut value = json!({"uri": "x", "re": "(?=a)"});
    let found = validate(&registry(schema), "s", &mut value);
    assert_eq!(found[0].message, "invalid client URL");
    assert_eq!(found[1].message, "`(?=a)` uses look-around, atomic groups or back references");
}

#[test]
fn an_unknown_reference_is_a_fault_and_a_circle_of_references_ends() {
    refuses(json!({"properties": {"a": {"$ref": "nowhere"}}}), json!({"a": 1}), &["a error"]);
    let found = validate(&Registry::default(), "s", &mut json!({}));
    assert_eq!((found[0].rule, found[0].message.as_str()), (Rule::UnknownSchema, "unable to find schema s"));
    refuses(json!({"$ref": "s"}), json!({}), &[" error"]);
}

#[test]
fn nesting_without_end_is_refused_not_followed() {
    let mut value = json!(1);
    for _ in 0..400 {
        value = json!([value]);
    }
    let schema = json!({"type": ["array", "integer"], "items": {"$ref": "s"}});
    let found = validate(&registry(schema), "s", &mut value);
    assert_eq!(found.iter().map(|fault| fault.rule).collect::<Vec<_>>(), [Rule::TooDeep]);
}

#[test]
fn the_list_of_faults_is_bounded() {
    let mut value = Value::from(vec![json!({}); 3 * MAX_VIOLATIONS]);
    let found = validate(&registry(json!({"items": {"type": "string"}})), "s", &mut value);
    assert_eq!(found.len(), MAX_VIOLATIONS + 1);
    assert_eq!(found[MAX_VIOLATIONS].rule, Rule::TooMany);
}

#[test]
fn the_error_tree_is_crossbars() {
    let schema = json!({
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "numbers": {"type": "array", "items": {"type": "string", "minLength": 1}},
            "a.b": {"type": ["boolean", "string"]},
            "mode": {"enum": ["x", "y"]},
            "count": {"type": "integer", "minimum": 1},
            "realm": {"type": "string", "pattern": "^[a-z]+$"},
        },
        "additionalProperties": false,
    });
    let mut value =
        json!({"numbers": ["1", ""], "a.b": 5, "mode": "z", "count": "0", "realm": "A", "zz": {}});
    let found: Vec<Violation> = validate(&registry(schema), "s", &mut value);
    assert_eq!(
        error_tree(&found),
        json!({
            "name": {"required": {"message": "is required but missing", "value": "name"}},
            "numbers.1": {"minLength":
                {"message": "must have at least 1 characters", "target": 1, "value": "", "cause": ""}},
            "a%2Eb": {"type":
                {"message": "must be of type boolean or string", "target": "booleanstring", "value": 5}},
            "mode": {"enum": {"message": "is not one of the allowed values", "target": ["x", "y"], "value": "z"}},
            "count": {"minimum": {"message": "must be at least 1", "target": 1, "value": 0}},
            "realm": {"pattern":
                {"message": "does not have the expected form", "target": "^[a-z]+$", "value": "A"}},
            "zz": {"additionalProperties": {"message": "is not a known member", "value": {}}},
        })
    );
    let codes: Vec<_> = found
        .iter()
        .map(|fault| fault.to_issue())
        .map(|i| format!("{} {}", i.code, i.place.pointer))
        .collect();
    assert_eq!(
        codes,
        [
            "SC1001 /name",
            "SC1006 /numbers/1",
            "SC1002 /a.b",
            "SC1003 /mode",
            "SC1004 /count",
            "SC1008 /realm",
            "SC1014 /zz"
        ]
    );
}

//! The table of rules. An id is never given another meaning.

use super::{Rule, rule};

/// All rules, by id.
pub const RULES: [Rule; 124] = [
    rule(
        "E0100",
        "a script that does not compile",
        "The text is not of the language. The message says where the parser stopped and what it missed; the cause may stand a little before that place.",
    ),
    rule(
        "E0101",
        "a byte outside ASCII",
        "Letters that look alike but differ deceive a reviewer, and columns in messages drift. Write ASCII, in names and texts.",
    ),
    rule(
        "E0102",
        "a carriage return",
        "Line ends must be LF, so that a file has one hash on every machine. Save it with LF line ends.",
    ),
    rule(
        "E0103",
        "a tab",
        "A tab is as wide as each editor likes, so what is underlined is not what is meant. Indent with spaces.",
    ),
    rule(
        "E0104",
        "a control character",
        "It is invisible in a review and may steer a terminal. Remove it, or write it as an escape in a string.",
    ),
    rule(
        "E0105",
        "a number that is not whole or too large",
        "Numbers are whole and have 64 bits; a larger hexadecimal one would become negative. Use a smaller unit, or a text in quotes.",
    ),
    rule(
        "E0106",
        "a statement at the top level that does not belong there",
        "A runbook's top level holds only import, const, fn, and calls of runbook, step and exit_gate; a library's only import, const, export and fn. So the steps are known without running anything. Move the rest into a step or a fn.",
    ),
    rule(
        "E0107",
        "no header, or more than one, or one that comes late",
        "A runbook begins with one call of runbook(\"id\", \"title\", #{ ... }): its identity, version, order and the capabilities it needs.",
    ),
    rule(
        "E0108",
        "a header that is not of its form",
        "runbook takes an id and a title as plain texts, and a map. They are read before anything runs.",
    ),
    rule(
        "E0109",
        "a step that is not of its form",
        "step and exit_gate take an id and a title as plain texts, perhaps a map of options, and a closure without arguments: step(\"4.1\", \"what it is for\", || { ... });",
    ),
    rule(
        "E0110",
        "runbook, step or exit_gate elsewhere than at the top level",
        "Steps do not nest and are not made by functions or loops: what a runbook does, in which order, is read from its text.",
    ),
    rule("E0111", "a step id used twice", "A journal, a plan and --step know a step by its id."),
    rule(
        "E0112",
        "an import without a plain path or a name",
        "Only files of lib/ that were hashed can be imported, so the path is a plain text: import \"net\" as net;",
    ),
    rule(
        "E0113",
        "an import inside a function, a step or a block",
        "Imports stand at the top of the file, where a reviewer looks for them; functions and steps see them.",
    ),
    rule(
        "E0114",
        "an import that hides a namespace or another import",
        "import \"x\" as openstack would put a script's functions where the host's primitives are expected.",
    ),
    rule(
        "E0115",
        "a function named like one of omega's",
        "The script's function would be called in place of omega's, without a word: fn gate(name, ok) {} would make every gate pass.",
    ),
    rule(
        "E0116",
        "something that runs outside a step",
        "What stands at the top level runs when the file is loaded, before any plan. Only literals and pure functions (ip, cidr, ip_range, ...) may.",
    ),
    rule("E0117", "a gate outside a step", "A gate belongs to a step: its key is step, name and subject."),
    rule(
        "E0118",
        "a gate asked twice under one name",
        "A gate's key is step, name and subject; the run fails when a key repeats, for one of the two answers would be lost. Two gates of one turn of a loop, or of two loops over one list, repeat it too. Give it a name of its own, or a subject.",
    ),
    rule(
        "E0119",
        "a gate in a loop without a subject",
        "At the second turn its key would repeat. Say of what it speaks: #{ subject: host }, or put it into the name.",
    ),
    rule(
        "E0120",
        "an unknown module or namespace",
        "What stands before :: is a namespace of omega or the name of an import of this file. In a closure Rhai itself would notice only when the line runs.",
    ),
    rule(
        "E0121",
        "a way of calling that is not in the language here",
        "Functions called by a computed name, eval, and calls in the caller's scope cannot be checked. Call a function by its name, or hand over a closure.",
    ),
    rule(
        "E0122",
        "try, catch or throw",
        "An error must not be swallowed: it ends the run, with its place. To end a run yourself, call fail(\"why\").",
    ),
    rule(
        "E0123",
        "a construct that cannot be checked",
        "What this version cannot read, it cannot vouch for. Write it another way.",
    ),
    rule(
        "E0124",
        "an import of a library that is not there",
        "Imports serve only files of the site's lib/ whose bytes were hashed; the name is the file's, without its ending.",
    ),
    rule(
        "E0125",
        "libraries that import each other in a circle",
        "None of them could be the first to be read. Put what they share into a library of its own.",
    ),
    rule(
        "E0190",
        "a constant of a library that its constructor refuses",
        "Constants of lib/ are pure, so the check evaluates them: a text that is no address, a network with host bits. Correct the literal.",
    ),
    rule(
        "E0201",
        "an unknown function",
        "No function of this file or of omega has that name. The engine would notice only when the line runs, perhaps after changes.",
    ),
    rule(
        "E0202",
        "a name that a namespace or a library does not have",
        "What stands behind :: must be declared there; a library's constants only with export, its functions unless private.",
    ),
    rule(
        "E0203",
        "something called that is not a function here",
        "Methods are called on what they belong to, closures are handed over to the function that calls them, and `this` is not in the language.",
    ),
    rule(
        "E0204",
        "an unknown field",
        "Objects of a cloud have the fields that `omega doc` lists, maps those that were written into them.",
    ),
    rule("E0205", "an unknown method", "Methods belong to a type; `omega doc` lists them under it."),
    rule(
        "E0206",
        "too few or too many arguments",
        "A signature's parameters with a ? may be left out, at its end alone.",
    ),
    rule(
        "E0207",
        "an argument of the wrong type",
        "The primitive would refuse it when the line runs. The signature says what it takes.",
    ),
    rule(
        "E0208",
        "an unknown option",
        "An option that is not known would mean something to whoever wrote it and nothing to omega.",
    ),
    rule(
        "E0209",
        "an option that is missing",
        "Options without a ? must be given: omega does not choose for you what changes a cloud.",
    ),
    rule("E0210", "an option of the wrong type", "The primitive would refuse it when the line runs."),
    rule(
        "E0211",
        "a comparison of unlike types",
        "Values of unlike types are never equal, so the answer would mean nothing; omega ends the run there. Objects of a cloud are compared by their fields.",
    ),
    rule(
        "E0212",
        "a value that may be absent, used as if it were there",
        "A type with a ? says that a service may not have the value. Only a gate takes it as it is, and fails when it is absent: an absent gateway is not \"\". A branch asks first: if value != () { ... }, and there it is a plain value.",
    ),
    rule(
        "E0213",
        "nothing, used as a value",
        "gate, note, step and the like give nothing back; so does an if without an else whose condition does not hold.",
    ),
    rule(
        "E0214",
        "a field of an immutable object set",
        "What a service said is not changed by writing into it. Call the function that changes the cloud (ensure_...).",
    ),
    rule(
        "E0215",
        "a variable that changes its type",
        "One name means one thing. Give the other value a name of its own.",
    ),
    rule(
        "E0216",
        "an operator on what it does not take",
        "`+` adds two numbers, two texts or two lists; conditions, && and || take true or false; `??` and `?.` ask for (), which no value here is.",
    ),
    rule(
        "E0217",
        "something gone through or indexed that is no list",
        "`for` goes through lists and ranges; lists of handles are gone through, or asked by name.",
    ),
    rule(
        "E0218",
        "something put into a text that has none",
        "Texts, numbers, addresses, networks and ranges have a text. Of an object use a field, of a list join the members.",
    ),
    rule(
        "E0219",
        "a closure that does not fit who calls it",
        "filter, all and any hand over one element and want true or false; wait_until hands over nothing.",
    ),
    rule(
        "E0220",
        "a value whose type cannot be told",
        "What cannot be told is not let through. Compare it in a gate, or read the typed field it comes from.",
    ),
    rule("E0224", "a case that never fits", "switch passes over a case of another type without a word."),
    rule(
        "E0225",
        "a text that does not spell what it must",
        "An address such as 10.12.4.1, a network without host bits such as 10.12.4.0/22, a range such as 10.12.5.0-10.12.7.254. Constants and what is known of variables are read too.",
    ),
    rule(
        "E0226",
        "a value that is computed and thrown away",
        "A comparison that stands alone proves nothing: ask it in a gate.",
    ),
    rule(
        "E0227",
        "what is never reached",
        "Behind return, break, continue and fail nothing goes on. A gate that stands there is never asked, a change never made.",
    ),
    rule(
        "E0228",
        "a place that a list does not have",
        "The list is written out, so its length is known: the run would stop at this line.",
    ),
    rule(
        "E0301",
        "an id as a literal",
        "Ids die when an object is made anew. Find it by its name, its CIDR or its hostname.",
    ),
    rule(
        "E0302",
        "an address, a network or a host in a runbook, a unit there or in a function of a library, or what a constant holds, written out again",
        "What is this site's stands in lib/, once; written twice, the two drift apart. The pages of others may be named in a note or an advice, and a machine may call itself localhost.",
    ),
    rule(
        "E0303",
        "a change at or after an exit gate",
        "What the exit gate judged would not be what the next phase finds.",
    ),
    rule(
        "E0304",
        "a runbook that may change the cloud and has no exit gate",
        "The next phase needs to know that this one has done its work.",
    ),
    rule("E0305", "an exit gate that asks nothing", "It would always pass. Ask what the next phase stands on."),
    rule(
        "E0307",
        "a capability that is used and not declared, or is none",
        "The header's needs name all that a runbook may touch, as \"maas: read\" or \"openstack: change\"; what is missing there is refused in the run.",
    ),
    rule(
        "E0309",
        "a switch without a default",
        "A value that no case names would pass in silence: write _ => fail(\"...\").",
    ),
    rule(
        "E0310",
        "values put into a text that a shell reads",
        "A blank, a quote or a ; in a value becomes a command. Give each word by itself.",
    ),
    rule(
        "E0311",
        "a secret put into a text",
        "Texts go to journals, reports and terminals. Hand a secret over as it is; this rule cannot be waived.",
    ),
    rule(
        "E0312",
        "a gate or a loop over an empty list",
        "Nothing is looked at, so nothing is proved. That a list is empty is a question of its own: list.is_empty().",
    ),
    rule(
        "E0313",
        "a waiver that is not of its form",
        "// omega: allow E0302: reason stands on the line before the finding, names a rule of E03.. or W03.. and says why. Mistakes of names and types, and secrets in a text, cannot be allowed.",
    ),
    rule(
        "E0314",
        "a place for a value in a text that takes none",
        "Only a text in back-ticks takes values: `mtu ${network.mtu}`. In double quotes the dollar, the braces and the name go out as they stand.",
    ),
    rule(
        "E0315",
        "an attestation asked twice",
        "A person answers an attestation by its id, on a terminal or with --attest ID. Two questions of one id would be answered by one look.",
    ),
    rule(
        "E0316",
        "a change where only a look is meant",
        "wait_until, map, filter, any and all call their closure to learn something, as often as they like. A change belongs into a statement of its own, where the plan shows it.",
    ),
    rule(
        "E0317",
        "a wait that cannot be",
        "every and at_most are seconds, both 1 or more, a day at most, and a wait that looks less often than it lasts looks once.",
    ),
    rule(
        "E0318",
        "a header that names what is not there",
        "What stands in `after` must be the id of another runbook here, and lead back to none; `stage` is a stage of the lab, `omega` a version, `refuses_again` a step and a gate of it. Else the phase would wait for ever, could not be rehearsed, or its refusal would read as a failure.",
    ),
    rule(
        "E0319",
        "a word that is never said there",
        "The field, or the argument, has words of its own, which `omega doc` lists. Another one is never seen there, so the comparison has one answer whatever the cloud does: a gate always fails, a wait never ends, a case never fits. Where a newer version of the service has a word that is not in the list, allow it with that reason.",
    ),
    rule(
        "E0320",
        "a gate or a wait that asks nothing",
        "A literal, two constants, a thing and itself, a question or its contrary, a length that is not negative: the answer is known before anything is asked, and the gate passes, or fails, whatever the cloud is like.",
    ),
    rule(
        "E0321",
        "a number out of its range",
        "The primitive would refuse it, or the service would, perhaps after other changes. `omega doc` lists the range with the argument. Mostly the unit is another: minutes and not seconds, an octet and not an address.",
    ),
    rule(
        "E0322",
        "a word of a command that only a shell would read",
        "Commands are run without a shell: each word goes to the program as it stands. A pipe, a > or two words in one do not do what they look like.",
    ),
    rule(
        "E0323",
        "a name or a question that says nothing",
        "A journal, a report and a person at night know a gate, a wait or a question by its words.",
    ),
    rule(
        "E0324",
        "one name for several secrets",
        "A secret is asked for once, by its name, and kept for the run. Under another prompt the same name gives the first answer again, without a word.",
    ),
    rule(
        "E0327",
        "a step that does nothing",
        "An empty body asks nothing and changes nothing, and the journal would call it done. Take the step out, or write what it is for.",
    ),
    rule(
        "E0328",
        "a loop that does not end",
        "No turn changes what is asked before the next one, and none leaves. What takes time is waited for with wait_until, which looks again and gives up.",
    ),
    rule(
        "E0329",
        "a program or an action that changes, where only a look is meant",
        "juju::exec, juju::ssh and juju::ask_action ask: what they do is in no plan, is not undone and is done again in each look. A change belongs to a primitive that changes, where the plan shows it and the guard holds it.",
    ),
    rule(
        "E0330",
        "a password that comes back as a text",
        "A text goes to the journal and to the report. juju::ask_secret asks the same and keeps what it is given.",
    ),
    rule(
        "E0333",
        "a file that is not there",
        "Bundles and overlays are files of the repository; the name is its path from the root.",
    ),
    rule(
        "E0340",
        "a gateway, an address or a range outside its network",
        "A constant, the options of a call or its arguments, or a gate, name a network beside a gateway, an address or a range that does not lie in it: one of them belongs to another plane. In a loop over constants one member is enough.",
    ),
    rule(
        "E0343",
        "numbers of two units",
        "Bytes are no GiB and minutes no seconds: the comparison would say the same whatever the cloud is like, the service would get another number. What a field is counted in is declared with it; a constant and a variable say it by the end of their names (OSD_GIB, used_mib), a product by its factor, a gate and a wait by their words.",
    ),
    rule(
        "E0345",
        "the name of a constant in quotes",
        "In quotes it is a text of these letters, which no service ever says: a comparison with it has one answer. Write the name as it is.",
    ),
    rule(
        "E0360",
        "a gate that the runbook's own change makes fail",
        "A change says what a reading shows when it is done, and a gate behind it wants something else of the same thing: whoever runs it changes the cloud and then stands before a gate that cannot pass. One of the two is wrong.",
    ),
    rule(
        "E0361",
        "a confirmation that is not the name of what goes",
        "What cannot be undone is agreed to by typing a name, and the name is that of what is lost: who types it has read what goes. Another name would be typed without that look, and the primitive refuses it.",
    ),
    rule(
        "E0370",
        "a closure that asks what it is called on",
        "The engine locks what a method is called on until the method has ended, and a closure that asks the same variable meanwhile stops the run. Ask it before, and give the answer a name; or go through the list with a for loop.",
    ),
    rule(
        "E0371",
        "a wait that looks at what was read before it",
        "What a service said is held as it was said. A wait whose closure reads nothing sees the same at each look, and ends when its time is over, however well things went out there. Read in the closure.",
    ),
    rule(
        "W0221",
        "a variable or constant that is read by nobody",
        "Mostly a slip of the pen. Use it, leave it out, or begin its name with _. So is a list that each turn of a loop makes anew, where `+=` was meant.",
    ),
    rule("W0222", "an import that is used by nobody", "Leave it out: what a runbook imports, a reviewer reads."),
    rule(
        "W0223",
        "a function that is called by nobody",
        "Call it, or leave it out. A library's public functions are there for others: of these it is asked when every runbook is checked, and no runbook and no library calls one.",
    ),
    rule(
        "W0306",
        "a change that no later gate looks at",
        "A service that reports success has not always done it. Ask a gate about it, in the same step or in the exit gate; of several things that are changed, about each. Who attests speaks of what the step has changed until then; where it has changed nothing, of the steps before it.",
    ),
    rule(
        "W0308",
        "a capability that is declared and not used",
        "A runbook gets what its header names; what it does not need, it should not have.",
    ),
    rule("W0313", "a waiver that waives nothing", "What it allowed is not there any more: take the comment out."),
    rule(
        "W0314",
        "a known issue that nothing explains",
        "A gate's issue is explained by a section of lib/issues.md whose heading begins with its id; who reads the failure at night asks omega explain.",
    ),
    rule(
        "W0318",
        "a runbook whose id is not the name of its file",
        "Other runbooks wait for it by its id, and `after` is held to the files' names. Let the two be the same.",
    ),
    rule(
        "W0319",
        "a word that is nearly one that is said there, or that a field beside it says",
        "The words that are known are not all: the service, or its configuration, may have more. This one is so near to a known one that it is mostly a slip of the pen, or another field of the same object says it.",
    ),
    rule(
        "W0325",
        "a name that is one letter away from another",
        "What is looked for is nearly the name of something that this runbook makes, or that a library of it names, and is neither. Mostly it is a slip of the pen, and the thing is not found.",
    ),
    rule(
        "W0326",
        "two arguments in each other's place",
        "Both are of one type, so nothing else would notice: each bears the name of the other's parameter. Where that is meant, give the variables other names.",
    ),
    rule(
        "W0331",
        "a member that stands in a list twice",
        "A list is gone through member by member: what stands there twice is asked, or changed, twice, and the one that was meant is not there.",
    ),
    rule(
        "W0332",
        "what the bundle says otherwise, or does not say",
        "An application, a relation or an option one letter away from one of the bundle is mostly a slip of the pen: it is not found, or stays without effect. Relations are spelt with the lesser end first, as the plan of a deploy spells them. Counts, channels, options, spaces and VIPs that a library repeats from the bundle must be the bundle's: correct the one that is wrong. What works on units of one charm alone takes no unit that the bundle makes of another.",
    ),
    rule(
        "W0334",
        "a wait of a few looks",
        "every and at_most are both seconds. Who means minutes gives up long before the service is done.",
    ),
    rule(
        "W0335",
        "braces without their dollar, or a dollar without its braces",
        "In back-ticks `${name}` puts a value into a text; `{name}` and `$name` stay as they are, and in double quotes nothing is put in.",
    ),
    rule(
        "W0336",
        "steps whose ids are out of order",
        "Ids are read as an order, in plans, in reports and by --step. One that falls back is mostly a slip of the pen.",
    ),
    rule(
        "W0337",
        "a comparison that no member fits",
        "What is compared comes from a constant of a library, and none of its values is the other one: the answer is the same for each. Mostly one of them is misspelt. Where another site has other values, allow it with that reason.",
    ),
    rule(
        "W0338",
        "two changes in one step that cannot be undone",
        "Each is confirmed for itself, and a run that ends between them leaves a step that is half done. Give each a step of its own, with what it stands on before it.",
    ),
    rule(
        "W0339",
        "a change that goes on, and nothing waits for it",
        "A release, a deploy and a commissioning are begun by the call and last for minutes. A gate right behind it looks at what is not there yet; wait_until looks until it is.",
    ),
    rule(
        "W0341",
        "a file that everybody may write",
        "What a client reads may then be put there by anybody. Mode 644 lets everybody read it, 600 nobody but its owner.",
    ),
    rule(
        "W0342",
        "a step behind the exit gate",
        "The exit gate judges what the phase has done, and the next phase begins with its answer. What stands behind it is in nobody's judgement.",
    ),
    rule(
        "W0346",
        "a question asked twice",
        "Two gates of one block ask the same of the same value under two names: the second proves nothing, and what its name says is asked by nobody.",
    ),
    rule(
        "W0347",
        "a constant's value, written out",
        "A library that is imported here holds this very name, or one row of its list this very number. Whoever gives it another value there would not find it here, and what each row has of its own is given to all. Write the constant; where the two are alike by chance, allow it with that reason.",
    ),
    rule(
        "W0348",
        "constants of one library that contradict each other",
        "Two ranges share addresses, two networks of a list overlap, a page is on another port than the one beside it, one address does not go with its siblings, or a name and a number are otherwise where they are repeated. One of the two is mistaken: correct it where it is written. Where both are meant, allow it with that reason.",
    ),
    rule(
        "W0349",
        "a text that names a runbook which is not there",
        "An advice, a note or a question names a runbook by its file or by its id, and no file of runbooks/ is called so: who reads it at night looks for it in vain.",
    ),
    rule(
        "W0350",
        "a constant that bears another's name",
        "A field is compared with a constant, or an option given one, whose name says another thing, while a constant of that very name stands beside it; or the end of a range is given where its beginning is asked for. Both are of one type, so nothing else would notice. Write the one that is meant; where this one is, allow it with that reason.",
    ),
    rule(
        "W0351",
        "a stage of the lab before that of a phase that is waited for",
        "A runbook is rehearsed at the stage that its header names. A phase begins where those that it waits for have ended, so its stage is theirs or a later one: at an earlier one the rehearsal proves nothing of the real run.",
    ),
    rule(
        "W0352",
        "gates of an exit gate that stand behind what they should ask",
        "The condition asks what a change of this runbook makes so. Where the change did not do its work the condition does not hold, the gates behind it are never asked, and the exit gate passes. Ask the condition in a gate, and what stands behind it without an if.",
    ),
    rule(
        "W0353",
        "a gate that looks at the same thing at each turn",
        "The turns of a loop give the gate its names, and nothing that it looks at or wants is another one: one answer stands in the report for many things. Mostly the name of one of them is written where that of the turn belongs. Where the question is one for all, ask it before the loop.",
    ),
    rule(
        "W0354",
        "a gate that wants otherwise than another runbook makes it",
        "A change of one runbook says what a reading shows when it is done, and a gate of another one, which does not come before it, wants something else of the same thing: five shares with a threshold of three are made, and other numbers asked for. One of the two is mistaken; a constant of lib/ keeps them alike.",
    ),
    rule(
        "W0355",
        "two steps, or two runbooks, of one title",
        "Plans, reports and the printed runbook show a step by its id and its title, lists and journals a runbook. Where two bear one title, mostly the second was copied and its title forgotten: who reads it is told of another. Say what each is for.",
    ),
    rule(
        "W0356",
        "a gate that names one thing and looks at another",
        "Its subject, or the beginning of its name, is one thing in sight, and it looks at another one of the same kind, which has nothing to do with the first. Mostly the line was copied, and one of the two names was forgotten: the report gives one thing the answer of the other. Where that is meant, name both.",
    ),
    rule(
        "W0357",
        "a gate or a text that says otherwise than it asks",
        "A report shows the name of a gate and whether it passed, and nobody reads the code beside it at night: a name that says the contrary of what is asked, or is that of another field or method of the same thing or of the map beside it, makes a pass a lie. So does a text that says `ends` before the day on which a certificate begins. Ask what the name says, or call the gate what it asks.",
    ),
    rule(
        "W0359",
        "a guard that is turned round",
        "The change stands only where a reading says that nothing is left of it to do, or a thing is read only where there is none: mostly a `!` is missing, or one too many. Turn the condition round. A change that is done already does nothing, so it needs no condition.",
    ),
    rule(
        "W0360",
        "a return that leaves gates behind",
        "A step promises its gates, and one that is not reached is no pass. Where the return is taken the run fails with nothing wrong out there. Put what need not be done into an if of its own, and ask the gates behind it on every way.",
    ),
    rule(
        "W0361",
        "a gate over what was read before the change",
        "What a service says is held as it was said. A gate behind a change that asks what was read before it sees the state of then: it fails where the change worked, or passes where it did not. Read it again behind the change.",
    ),
    rule(
        "W0362",
        "a condition that constants decide",
        "Constants of a library alone, or a name of this place that is given true or false once, decide an `if`, or leave a loop without a member: what stands in it is never asked and never done, in any run. Mostly a number is mistaken, or a service was to be asked. Where another site has other constants, allow it with that reason.",
    ),
    rule(
        "W0363",
        "a word that is another one of the repository, misspelt by a letter",
        "Two letters are turned round, or one of two is left out. A text is looked for as it is written, and nobody else reads it before a run: a gate that wants no such thing passes always, one that wants it fails in the night. It is told of words that stand in one place alone, by the check of the whole repository.",
    ),
];

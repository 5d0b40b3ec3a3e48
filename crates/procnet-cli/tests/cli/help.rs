//! `-h` and `--help`.

use crate::run::run;

/// The commands whose short help has options of sockets, and others.
const COMMANDS: [&[&str]; 8] =
    [&[], &["sockets"], &["summary"], &["top"], &["life"], &["dev"], &["conntrack"], &["decode"]];

#[test]
fn short_help_fits_a_screen_and_help_has_everything() {
    for command in COMMANDS {
        let help = |option| run([command, &[option]].concat()).complete().out;
        let (short, whole) = (help("-h"), help("--help"));
        assert!(short.lines().count() < 24, "{command:?}: {}\n{short}", short.lines().count());
        assert!(short.lines().all(|line| line.chars().count() <= 80), "{command:?}:\n{short}");
        assert!(short.contains("--help` has all options"), "{command:?}:\n{short}");
        assert!(whole.lines().count() > short.lines().count(), "{command:?}:\n{whole}");
        let words = short.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
        let options = words.filter(|word| word.starts_with("--") && word.len() > 2);
        for option in options.filter(|option| *option != "--help") {
            assert!(whole.contains(option), "{option} of {command:?}");
        }
    }
    assert_eq!(run(["-th"]).complete().out, run(["-h"]).complete().out);
    assert_eq!(run(["help", "top"]).complete().out, run(["top", "--help"]).complete().out);
}

#[test]
fn help_explains_how_owners_are_shown() {
    for option in ["-h", "--help"] {
        let help = run([option]).complete().out;
        assert!(help.contains("NAME(PID)/FD"), "{help}");
    }
}

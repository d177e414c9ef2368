//! Changed settings files.

use super::super::Settings;
use crate::fuzz::fuzz;

/// Every text is read or refused, with the same errors each time; a comment changes nothing.
#[test]
fn fuzz_settings_file() {
    let words = [
        "mode = 'production'\n",
        "[providers.x]\n",
        "'1h'",
        "url = ",
        "allowed_redirect_urls = ",
        "type = 'oidc'\n",
        "\n[",
        "true",
    ];
    fuzz("settings_file", &words, |text| {
        let read = |text: &str| {
            Settings::from_toml(text)
                .map(|settings| format!("{:?}", settings.warnings))
                .map_err(|errors| errors.to_string())
        };
        let result = read(text);
        assert_eq!(read(text), result, "read twice");
        match result {
            Ok(_) => {
                let commented = format!("# a comment\n{text}\n# another\n");
                assert_eq!(read(&commented), result, "with comments");
                true
            }
            Err(errors) => {
                assert!(!errors.is_empty());
                false
            }
        }
    });
}

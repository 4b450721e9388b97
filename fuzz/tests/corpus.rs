//! Every committed input, on the stable compiler: what a fuzzer once found stays found.

use std::fs;
use std::path::Path;

#[test]
fn every_committed_input_passes() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut inputs = 0;
    for (name, run) in counterfoil_fuzz::ALL {
        let before = inputs;
        for file in fs::read_dir(corpora.join(name)).expect("a corpus") {
            let file = file.expect("a file").path();
            println!("{}", file.display());
            run(&fs::read(&file).expect("an input"));
            inputs += 1;
        }
        assert!(inputs > before, "{name} has no corpus");
    }
    println!("{inputs} inputs");
}

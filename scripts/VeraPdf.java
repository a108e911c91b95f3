import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * veraPDF over all files in one process: PDF/UA-1 and PDF/A-3a. One finding a line, {@code FILE: CHECK: what}; the exit
 * code is 0 if all were checked. {@code scripts/check-pdf} is the way to it.
 */
class VeraPdf {
    /** What veraPDF only warns of, such as an MCID that is there twice, is a finding too. */
    static final Set<String> WARNINGS = new LinkedHashSet<>();

    public static void main(String[] files) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) root.removeHandler(handler);
        root.addHandler(new Handler() {
            @Override
            public void publish(LogRecord record) {
                if (record.getLevel().intValue() >= Level.WARNING.intValue()) WARNINGS.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            check(file, "PDF/UA-1", PDFAFlavour.PDFUA_1);
            check(file, "PDF/A-3a", PDFAFlavour.PDFA_3_A);
        }
    }

    static void check(String file, String name, PDFAFlavour flavour) {
        Set<String> findings = new LinkedHashSet<>();
        WARNINGS.clear();
        try (PDFAParser parser =
                        Foundries.defaultInstance().createParser(Files.newInputStream(Path.of(file)), flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            for (TestAssertion fault : result.getTestAssertions()) {
                findings.add(String.format("%s (%s, test %d, at %s)", fault.getMessage(),
                        fault.getRuleId().getClause(), fault.getRuleId().getTestNumber(),
                        fault.getLocation().getContext()));
            }
            if (!result.isCompliant() && findings.isEmpty()) findings.add("not compliant");
            findings.addAll(WARNINGS);
        } catch (Exception error) {
            findings.add(error.toString());
        }
        for (String what : findings) {
            System.out.printf("%s: veraPDF %s: %s%n", file, name, what.replaceAll("\\s+", " "));
        }
    }
}

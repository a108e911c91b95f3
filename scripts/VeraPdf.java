import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
 * veraPDF over all files in one process, by each standard that a file claims in its XMP to conform to. One finding a line,
 * {@code FILE: CHECK: what}; the exit code is 0 if all were checked. {@code scripts/check-pdf} is the way to it.
 */
class VeraPdf {
    /** What veraPDF only warns of, such as an MCID that is there twice, is a finding too. */
    /** What a file says in its XMP, and the rules that it then must keep. */
    record Claim(String words, String name, PDFAFlavour flavour) {}

    static final Claim[] CLAIMS = {
        new Claim("<pdfuaid:part>1<", "PDF/UA-1", PDFAFlavour.PDFUA_1),
        new Claim("<pdfuaid:part>2<", "PDF/UA-2", PDFAFlavour.PDFUA_2),
        new Claim("<pdfaid:conformance>A<", "PDF/A-3a", PDFAFlavour.PDFA_3_A),
        new Claim("<pdfaid:part>4<", "PDF/A-4", PDFAFlavour.PDFA_4),
        new Claim("<pdfaid:conformance>F<", "PDF/A-4f", PDFAFlavour.PDFA_4_F),
        new Claim("wtpdf#accessibility1.0<", "WTPDF 1.0 accessibility", PDFAFlavour.WTPDF_1_0_ACCESSIBILITY),
        new Claim("wtpdf#reuse1.0<", "WTPDF 1.0 reuse", PDFAFlavour.WTPDF_1_0_REUSE),
    };

    static final Set<String> WARNINGS = new LinkedHashSet<>();

    public static void main(String[] files) throws IOException {
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
            // XMP is never compressed in a PDF/A.
            String bytes = Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
            boolean withFiles = bytes.contains("<pdfaid:conformance>F<");
            int claims = 0;
            for (Claim claim : CLAIMS) {
                if (!bytes.contains(claim.words) || withFiles && claim.flavour == PDFAFlavour.PDFA_4) continue;
                check(file, claim.name, claim.flavour);
                claims++;
            }
            if (claims == 0) System.out.printf("%s: veraPDF: it claims no standard%n", file);
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

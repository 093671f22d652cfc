// JUnit's XML, as GitLab, Jenkins and GitHub's reporters read it: a test case a gate.

#include <algorithm>

#include "as_text.h"
#include "tise/base/concat.h"
#include "tise/report/gates.h"

namespace tise::report {

std::string to_junit(const std::vector<GateResult>& results, const std::string& suite, double seconds) {
  const auto crossed =
      std::ranges::count_if(results, [](const GateResult& result) { return result.crossed; });
  std::string cases;
  for (const GateResult& result : results) {
    const std::string opening =
        concat("    <testcase classname=\"tise-eval\" name=\"", escape_markup(result.name), "\" time=\"0\"");
    if (result.crossed) {
      cases += concat(opening, ">\n      <failure message=\"", escape_markup(result.message),
                      "\"/>\n    </testcase>\n");
    } else {
      cases += concat(opening, ">\n      <system-out>", escape_markup(result.message),
                      "</system-out>\n    </testcase>\n");
    }
  }
  const std::string counts = concat("tests=\"", results.size(), "\" failures=\"", crossed, "\" errors=\"0\"");
  return concat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ", counts, ">\n  <testsuite name=\"",
                escape_markup(suite), "\" ", counts, " time=\"", seconds, "\">\n", cases,
                "  </testsuite>\n</testsuites>\n");
}

}  // namespace tise::report

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records.h"
#include "table.h"

/// The forms of captions files, a file each in forms/. A form tells its files by their content and gives
/// their records; what a record's fields mean is the same for all (records.h).
namespace tise::data {

/// A file on the way to its records.
class Content {
 public:
  /// `values`: the names of what each record has besides an image, captions or labels.
  Content(const Source& source, const Names& values, bool is_of_captions);

  const Source& source() const { return source_; }
  const Names& values() const { return values_; }
  bool is_of_captions() const { return is_of_captions_; }

  /// The first character that isn't white space.
  char first() const { return source_.text[source_.text.find_first_not_of(" \t\r\n")]; }
  /// The file, if it is one JSON object; else null.
  const Document* object() const;
  /// Why it is none.
  const std::string& why_no_object() const;
  /// The field that a value is in where the file has no name for it.
  std::string value_name() const { return std::string(values_.all.front()); }

 private:
  const Parsed& parsed() const;

  const Source& source_;
  Names values_;
  bool is_of_captions_;
  mutable std::optional<Parsed> parsed_;
};

struct Form {
  std::string_view name;   ///< for --captions-format and the report
  std::string_view title;  ///< for what is said of a file
  std::string_view what;   ///< what it looks like
  bool (*fits)(const Content&);
  void (*read)(const Content&, const TakeRecord&);
  bool has_fields = false;  ///< whether the file itself says what its fields are called
  bool has_labels = false;  ///< whether labels come in it too
};

extern const Form kStrings;
extern const Form kList;
extern const Form kJsonLines;
extern const Form kCoco;
extern const Form kKarpathy;
extern const Form kPromptToPath;
extern const Form kMapOfObjects;
extern const Form kMap;
extern const Form kFlickr;
extern const Form kCsv;
extern const Form kTsv;
extern const Form kLines;

/// In the order in which they are tried.
const std::vector<const Form*>& forms();

/// The form of a file. Throws InputError if it has none.
const Form& form_of(const Content& content);

inline const std::string kImage(kImageNames.all.front());

}  // namespace tise::data

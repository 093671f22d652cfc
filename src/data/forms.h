#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records.h"
#include "table.h"

/// The forms of captions files, one source file each in forms/. A form recognizes its files by their content
/// and reads their records. What a record's fields mean is the same for all forms (records.h).
namespace tise::data {

/// A file whose form is being detected or read.
class Content {
 public:
  /// `values`: the names of the field that each record has next to its image, for captions or labels.
  Content(const Source& source, const Names& values, bool is_of_captions);

  const Source& source() const { return source_; }
  const Names& values() const { return values_; }
  bool is_of_captions() const { return is_of_captions_; }

  /// The first character that isn't white space.
  char first() const { return source_.text[source_.text.find_first_not_of(" \t\r\n")]; }
  /// The file, if it is one JSON object; else null.
  const Document* object() const;
  /// Why it is not one; empty if the file is JSON.
  const std::string& why_no_object() const;
  /// The field for a value that has no field name in the file.
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
  std::string_view title;  ///< for messages about a file
  std::string_view what;   ///< what it looks like
  bool (*fits)(const Content&);
  void (*read)(const Content&, const TakeRecord&);
  bool has_fields = false;  ///< whether the file itself names its fields
  bool has_labels = false;  ///< whether labels may have this form too
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

/// All forms, in the order in which they are tried.
const std::vector<const Form*>& forms();

/// The form of a file, detected from its content. Throws InputError if no form fits.
const Form& form_of(const Content& content);

inline const std::string kImage(kImageNames.all.front());

}  // namespace tise::data

package slug

import "testing"

func TestMake(t *testing.T) {
	tests := []struct {
		name string
		file string
		want string
	}{
		{"one word", "Ideas.md", "ideas"},
		{"two words", "Release Plan.md", "release-plan"},
		{"spaces", "  Release   Notes .md", "release-notes"},
		{"no extension", "LICENSE", "license"},
		{"number", "Plans for 2026.md", "plans-for-2026"},
		{"hyphen", "Follow-up.md", "follow-up"},
		{"only an extension", ".md", ""},
		{"empty", "", ""},
		{"ends in m", "Team.md", "team"},
		{"ends in d", "Wish Board.md", "wish-board"},
		{"dot in the title", "Notes on go.mod.md", "notes-on-go.mod"},
		{"long title", "What we learned from the migration.md", "what-we-learned-from-the-migration"},
		{"too long a title", "Everything we always wanted to know about the build system.md", "everything-we-always-wanted-to-know"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Make(tt.file); got != tt.want {
				t.Errorf("Make(%q) = %q, want %q", tt.file, got, tt.want)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	tests := []struct {
		limit int
		want  string
	}{
		{0, ""},
		{4, "read"},
		{7, "read"},
		{8, "read-the"},
		{99, "read-the-guide"},
	}
	for _, tt := range tests {
		if got := slugify("Read the Guide.md", tt.limit); got != tt.want {
			t.Errorf("slugify at limit %d = %q, want %q", tt.limit, got, tt.want)
		}
	}
}

package anchor;

import com.fasterxml.jackson.annotation.JsonProperty;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.LocalDate;
import java.util.List;

/** What a registering office sends: closed (unknown fields are refused by Jackson), every field bounded. */
public record Form(
        @NotBlank @Size(max = 100) String name,
        @NotNull Level level,
        @NotNull @Pattern(regexp = "XX|XX-FD|XX-FX|XX-QH|XX-KG|XX-JH") String district,
        @NotNull @Size(min = 1, max = 5) List<@Pattern(regexp = "\\d{2,4}") String> industries,
        @NotBlank @Size(max = 2000) String scope,
        @JsonProperty("registered_fund") @NotNull @Min(0) @Max(10_000_000_000_000L) Long registeredFund,
        @JsonProperty("founded_on") @NotNull LocalDate foundedOn,
        @JsonProperty("lead_enterprise") @NotNull @Pattern(regexp = "[0-9A-Z]{18}") String leadEnterprise) {

    public enum Level { NEW_AREA, NEW_CITY }
}

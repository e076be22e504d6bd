import { type ActionFunctionArgs, Form, Link, redirect, useActionData } from "react-router";
import type { Api } from "../api/client";
import { INDUSTRIES, type NewCompany } from "../api/types";
import { FormError, SelectField, SubmitButton, TextField } from "../components/field";
import { PageHeading } from "../components/page-heading";
import { WordOptions } from "../components/word-options";
import { countries } from "../countries";
import { type FormFailure, field, orFailure, signedIn } from "../guard";

/** Convert the form's fields to the API's `NewCompany`; empty fields are left out. */
export function companyOf(form: FormData): NewCompany {
  const country = field(form, "country");
  const line2 = field(form, "line2");
  const state = field(form, "state");
  const postalCode = field(form, "postalCode");
  const website = field(form, "website");
  const industry = INDUSTRIES.find((known) => known === field(form, "industry"));
  return {
    name: field(form, "name"),
    registrationNumber: field(form, "registrationNumber"),
    country,
    address: {
      line1: field(form, "line1"),
      ...(line2 && { line2 }),
      city: field(form, "city"),
      ...(state && { state }),
      ...(postalCode && { postalCode }),
      country,
    },
    ...(website && { website }),
    ...(industry && { industry }),
  };
}

function NewCompanyPage() {
  const failure = useActionData() as FormFailure | undefined;
  const error = failure?.fields ?? {};
  return (
    <div className="narrow">
      <PageHeading title="New company" />
      <Form method="post" className="form">
        <FormError failure={failure} />
        <TextField
          label="Name"
          name="name"
          maxLength={200}
          required
          autoComplete="organization"
          error={error.name}
        />
        <TextField
          label="Registration number"
          hint="As in the trade register."
          name="registrationNumber"
          maxLength={40}
          required
          error={error.registrationNumber}
        />
        <SelectField label="Industry" name="industry" defaultValue="" error={error.industry}>
          <option value="">Not said</option>
          <WordOptions values={INDUSTRIES} />
        </SelectField>
        <TextField
          label="Website"
          name="website"
          type="url"
          placeholder="https://"
          autoComplete="url"
          error={error.website}
        />
        <fieldset>
          <legend>Address</legend>
          <TextField
            label="Street and number"
            name="line1"
            maxLength={200}
            required
            autoComplete="address-line1"
            error={error["address.line1"]}
          />
          <TextField
            label="Building, floor (optional)"
            name="line2"
            maxLength={200}
            autoComplete="address-line2"
            error={error["address.line2"]}
          />
          <div className="field-row">
            <TextField
              label="Postal code"
              name="postalCode"
              maxLength={20}
              autoComplete="postal-code"
              error={error["address.postalCode"]}
            />
            <TextField
              label="City"
              name="city"
              maxLength={100}
              required
              autoComplete="address-level2"
              error={error["address.city"]}
            />
          </div>
          <TextField
            label="State (optional)"
            name="state"
            maxLength={100}
            autoComplete="address-level1"
            error={error["address.state"]}
          />
          <SelectField
            label="Country"
            name="country"
            required
            defaultValue=""
            autoComplete="country"
            error={error.country ?? error["address.country"]}
          >
            <option value="" disabled>
              Choose a country
            </option>
            {countries().map((country) => (
              <option key={country.code} value={country.code}>
                {country.name}
              </option>
            ))}
          </SelectField>
        </fieldset>
        <div className="actions">
          <SubmitButton busy="Registering…">Register the company</SubmitButton>
          <Link className="button quiet" to="/companies">
            Cancel
          </Link>
        </div>
      </Form>
    </div>
  );
}

export function page(api: Api) {
  return {
    Component: NewCompanyPage,
    loader: signedIn(api, () => Promise.resolve(null)),
    action: signedIn(api, async ({ request }: ActionFunctionArgs) => {
      const company = companyOf(await request.formData());
      return orFailure(async () => redirect(`/companies/${(await api.createCompany(company)).id}`));
    }),
  };
}
